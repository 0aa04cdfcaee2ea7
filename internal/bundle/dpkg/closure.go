package dpkg

// Closure gives packages and all that they need, directly or not, in the order in
// which they are found. Packages for which stop tells true are left out, and what
// only they need.
func (db *Database) Closure(from []*Package, stop func(*Package) bool) []*Package {
	var found []*Package
	known := map[*Package]bool{}
	for queue := from; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		if known[p] || stop(p) {
			continue
		}
		known[p] = true
		found = append(found, p)
		queue = append(queue, db.satisfied(p.Depends)...)
	}
	return found
}

// Base gives the base system.
func (db *Database) Base() map[*Package]bool {
	var core []*Package
	for _, p := range db.packages {
		if p.Base {
			core = append(core, p)
		}
	}
	base := map[*Package]bool{}
	for _, p := range db.Closure(core, func(*Package) bool { return false }) {
		base[p] = true
	}
	return base
}

// Companions gives the packages that p recommends and that were built with it: its
// data, and plug-ins kept apart.
func (db *Database) Companions(p *Package) []*Package {
	var found []*Package
	for _, other := range db.satisfied(p.Recommends) {
		if other.Source == p.Source {
			found = append(found, other)
		}
	}
	return found
}

// satisfied gives, for each clause, the first of its alternatives that is installed;
// only if none is there by its own name, one that provides it.
func (db *Database) satisfied(clauses [][]string) []*Package {
	var found []*Package
	for _, names := range clauses {
		if p := db.choose(names); p != nil {
			found = append(found, p)
		}
	}
	return found
}

func (db *Database) choose(names []string) *Package {
	for _, name := range names {
		if p := db.byName[name]; p != nil {
			return p
		}
	}
	for _, name := range names {
		if providers := db.virtual[name]; len(providers) > 0 {
			return providers[0]
		}
	}
	return nil
}
