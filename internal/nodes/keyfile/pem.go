package keyfile

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// The PEM block types that are written and read.
const (
	privateBlock     = "PRIVATE KEY"
	certificateBlock = "CERTIFICATE"
)

// EncodePrivate writes an Ed25519 or ECDSA private key as PEM (PKCS #8).
func EncodePrivate(key any) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: der}), nil
}

// DecodePrivate reads what [EncodePrivate] wrote, if it holds a key of type K.
func DecodePrivate[K any](content []byte) (K, error) {
	var none K
	der, err := block(content, privateBlock)
	if err != nil {
		return none, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return none, fmt.Errorf("parse private key: %w", err)
	}
	key, ok := parsed.(K)
	if !ok {
		return none, fmt.Errorf("it holds a %T, not a %T", parsed, none)
	}
	return key, nil
}

// EncodeCertificate writes a certificate as PEM.
func EncodeCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: der})
}

// DecodeCertificate reads what [EncodeCertificate] wrote.
func DecodeCertificate(content []byte) (*x509.Certificate, error) {
	der, err := block(content, certificateBlock)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// block gives the content of the only PEM block, which must be of the given type.
func block(content []byte, kind string) ([]byte, error) {
	b, rest := pem.Decode(content)
	if b == nil {
		return nil, errors.New("it is not in PEM form, or was cut short")
	}
	if b.Type != kind {
		return nil, fmt.Errorf("it holds a %q, not a %q", b.Type, kind)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("there is something after the %q", kind)
	}
	return b.Bytes, nil
}
