package split

import "strings"

// maxJSONDepth bounds arrays and objects within each other, as encoding/json does.
const maxJSONDepth = 10_000

// jsonMachine recognises one JSON value (RFC 8259) byte by byte. It exists because
// encoding/json can check only a value that lies in memory as a whole.
type jsonMachine struct {
	state   jsonState
	stack   []byte // '{' and '[' that are open
	literal string // what is left of true, false or null
	hex     int    // hexadecimal digits left of a \u
}

type jsonState int

const (
	jsonValue       jsonState = iota
	jsonFirstItem             // after "[": a value or "]"
	jsonFirstKey              // after "{": a key or "}"
	jsonKey                   // after a comma in an object
	jsonColon                 // after a key
	jsonAfter                 // after a value
	jsonString                // in a string value
	jsonKeyString             // in a key
	jsonEscape                // after a backslash
	jsonHex                   // in the digits of a \u
	jsonLiteral               // in true, false or null
	jsonMinus                 // after "-"
	jsonZero                  // after a leading 0
	jsonInteger               // in digits before a point
	jsonPoint                 // after a point
	jsonFraction              // in digits after a point
	jsonExponent              // after "e"
	jsonSign                  // after the sign of an exponent
	jsonPower                 // in the digits of an exponent
	jsonEscapeInKey           // as jsonEscape and jsonHex, in a key
	jsonHexInKey
)

func (m *jsonMachine) reset() { *m = jsonMachine{stack: m.stack[:0]} }

// complete tells whether what was seen is a whole value.
func (m *jsonMachine) complete() bool {
	if len(m.stack) > 0 {
		return false
	}
	switch m.state {
	case jsonAfter, jsonZero, jsonInteger, jsonFraction, jsonPower:
		return true
	}
	return false
}

// step takes in a byte, and tells whether what was seen can still become valid.
func (m *jsonMachine) step(c byte) bool {
	switch m.state {
	case jsonString, jsonKeyString, jsonEscape, jsonEscapeInKey, jsonHex, jsonHexInKey:
		return m.inString(c)
	case jsonLiteral:
		return m.inLiteral(c)
	case jsonMinus, jsonZero, jsonInteger, jsonPoint, jsonFraction, jsonExponent, jsonSign, jsonPower:
		return m.inNumber(c)
	}
	if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
		return true
	}
	return m.between(c)
}

// between handles a byte that is no blank outside of strings, numbers and literals.
func (m *jsonMachine) between(c byte) bool {
	switch m.state {
	case jsonFirstItem:
		if c == ']' {
			return m.close('[')
		}
		return m.begin(c)
	case jsonValue:
		return m.begin(c)
	case jsonFirstKey, jsonKey:
		if c == '}' && m.state == jsonFirstKey {
			return m.close('{')
		}
		m.state = jsonKeyString
		return c == '"'
	case jsonColon:
		m.state = jsonValue
		return c == ':'
	}
	return m.after(c)
}

// begin handles the first byte of a value.
func (m *jsonMachine) begin(c byte) bool {
	switch {
	case c == '{':
		return m.open(c, jsonFirstKey)
	case c == '[':
		return m.open(c, jsonFirstItem)
	case c == '"':
		m.state = jsonString
	case c == '-':
		m.state = jsonMinus
	case c == '0':
		m.state = jsonZero
	case isDigit(c):
		m.state = jsonInteger
	default:
		return m.beginLiteral(c)
	}
	return true
}

func (m *jsonMachine) beginLiteral(c byte) bool {
	for _, word := range []string{"true", "false", "null"} {
		if word[0] == c {
			m.state, m.literal = jsonLiteral, word[1:]
			return true
		}
	}
	return false
}

func (m *jsonMachine) inLiteral(c byte) bool {
	if m.literal[0] != c {
		return false
	}
	if m.literal = m.literal[1:]; m.literal == "" {
		m.state = jsonAfter
	}
	return true
}

func (m *jsonMachine) open(c byte, next jsonState) bool {
	m.stack = append(m.stack, c)
	m.state = next
	return len(m.stack) <= maxJSONDepth
}

func (m *jsonMachine) close(opened byte) bool {
	top := len(m.stack) - 1
	if top < 0 || m.stack[top] != opened {
		return false
	}
	m.stack = m.stack[:top]
	m.state = jsonAfter
	return true
}

// after handles a byte after a value.
func (m *jsonMachine) after(c byte) bool {
	switch c {
	case ']':
		return m.close('[')
	case '}':
		return m.close('{')
	}
	if c != ',' || len(m.stack) == 0 {
		return false
	}
	m.state = jsonValue
	if m.stack[len(m.stack)-1] == '{' {
		m.state = jsonKey
	}
	return true
}

func (m *jsonMachine) inString(c byte) bool {
	switch m.state {
	case jsonEscape, jsonEscapeInKey:
		return m.escape(c)
	case jsonHex, jsonHexInKey:
		return m.hexDigit(c)
	}
	inKey := m.state == jsonKeyString
	switch {
	case c == '"' && inKey:
		m.state = jsonColon
	case c == '"':
		m.state = jsonAfter
	case c == '\\' && inKey:
		m.state = jsonEscapeInKey
	case c == '\\':
		m.state = jsonEscape
	}
	return c >= ' '
}

func (m *jsonMachine) escape(c byte) bool {
	if c == 'u' {
		m.hex = 4
		m.state = map[jsonState]jsonState{jsonEscape: jsonHex, jsonEscapeInKey: jsonHexInKey}[m.state]
		return true
	}
	m.endEscape()
	return strings.IndexByte(`"\/bfnrt`, c) >= 0
}

func (m *jsonMachine) hexDigit(c byte) bool {
	if m.hex--; m.hex == 0 {
		m.endEscape()
	}
	return isDigit(c) || ('a' <= c|0x20 && c|0x20 <= 'f')
}

func (m *jsonMachine) endEscape() {
	if m.state == jsonEscapeInKey || m.state == jsonHexInKey {
		m.state = jsonKeyString
		return
	}
	m.state = jsonString
}

// inNumber handles a byte within or just after a number.
func (m *jsonMachine) inNumber(c byte) bool {
	if next, ok := nextInNumber(m.state, c); ok {
		m.state = next
		return true
	}
	switch m.state {
	case jsonZero, jsonInteger, jsonFraction, jsonPower:
		m.state = jsonAfter
		return m.step(c)
	}
	return false
}

func nextInNumber(state jsonState, c byte) (jsonState, bool) {
	digit := isDigit(c)
	switch {
	case state == jsonMinus && c == '0':
		return jsonZero, true
	case (state == jsonMinus || state == jsonInteger) && digit:
		return jsonInteger, true
	case (state == jsonZero || state == jsonInteger) && c == '.':
		return jsonPoint, true
	case (state == jsonPoint || state == jsonFraction) && digit:
		return jsonFraction, true
	case (state == jsonZero || state == jsonInteger || state == jsonFraction) && c|0x20 == 'e':
		return jsonExponent, true
	case state == jsonExponent && (c == '+' || c == '-'):
		return jsonSign, true
	case (state == jsonExponent || state == jsonSign || state == jsonPower) && digit:
		return jsonPower, true
	}
	return state, false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
