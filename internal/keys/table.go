// Package keys reads mappings by tables of their keys, and lets one mapping inherit from another. An entry of a table is all that a
// key needs: it says how the value is read, how it is inherited, and what the schema and the reference page say about it.
package keys

import (
	"maps"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// Key is a key of some mappings, of which one inherits from others. Its entry in a table is the only place that says that there
// is such a key, what it means, how it is read, and how it is inherited; Get returns what a file says.
type Key struct {
	Name, In string
	Value
	Inherit Inheritance
	help    string
}

// Value is what the value of a key may be, and how it is read.
type Value struct {
	form schema.Form
	// Read returns a *document.Field of the type that Get is asked for.
	Read func(d *document.File, n *document.Node, what string) any
}

// Inheritance says how a key is taken from above: by a KPI from its named query, and from defaults. The zero value takes what is
// not said.
type Inheritance struct {
	Never   bool                     // It is not inherited.
	Excepts string                   // A key with which it is inherited together: a file that says one of them leaves none of the other.
	Merge   func(own, above any) any // Where both say it: both are *document.Field; nil if what is said nearer counts.
}

// New returns a key; in is the mappings that have it, with spaces between them.
func New(name, in string, v Value, i Inheritance, help string) Key {
	return Key{Name: name, In: in, Value: v, Inherit: i, help: help}
}

// Described returns the key for those who describe it.
func (k *Key) Described() schema.Key {
	return schema.Key{Name: k.Name, In: k.In, Form: k.form, Help: k.help}
}

// Table holds keys, ready for reading.
type Table struct {
	list   []Key
	byName map[string]*Key
	known  map[string]string // By mapping: the names of its keys.
}

// NewTable returns a table of keys, in the order in which they are named where one is unknown.
func NewTable(list []Key) *Table {
	t := &Table{list: list, byName: make(map[string]*Key, len(list)), known: map[string]string{}}
	for i := range list {
		key := &list[i]
		t.byName[key.Name] = key
		for mapping := range strings.FieldsSeq(key.In) {
			t.known[mapping] += key.Name + " "
		}
	}
	return t
}

// Settings are what a mapping says: a *document.Field by key.
type Settings map[string]any

// Get returns what is said about a key; it is not said if the key is not there. It panics where the table reads another type.
func Get[T any](s Settings, key string) document.Field[T] {
	if f := s[key]; f != nil {
		return *f.(*document.Field[T])
	}
	return document.Field[T]{}
}

// Set sets what is said about a key.
func Set[T any](s Settings, key string, f document.Field[T]) { s[key] = &f }

// Text is Get for text.
func (s Settings) Text(key string) document.Field[string] { return Get[string](s, key) }

// All returns the keys in their order.
func (t *Table) All() []Key { return t.list }

// Find returns the key of a name, nil if there is none.
func (t *Table) Find(name string) *Key { return t.byName[name] }

// Read reads a mapping. It returns what is said, and the keys that say it, in their order. A key that the mapping does not have
// goes to misplaced, which returns false if it has no meaning elsewhere either.
func (t *Table) Read(d *document.File, n *document.Node, what, mapping string, misplaced func(k *document.Node) bool) (s Settings, said []*document.Node) {
	s = Settings{}
	d.Mapping(n, what, t.known[mapping], func(k, v *document.Node) bool {
		key := t.byName[k.Value]
		if key == nil || !document.IsOneOf(mapping, key.In) {
			return misplaced(k)
		}
		said = append(said, k)
		s[key.Name] = key.Read(d, v, key.Name)
		return true
	})
	t.exclusive(s)
	return s, said
}

// exclusive reports keys that say the same thing twice in one mapping, at the second of them.
func (t *Table) exclusive(s Settings) {
	first := ""
	for _, key := range t.list {
		other := key.Inherit.Excepts
		switch {
		case other == "" || s[key.Name] == nil || s[other] == nil:
		case other != first:
			first = key.Name
		default:
			s[key.Name].(interface {
				Fail(hint, format string, args ...any)
			}).Fail("leave one of them out", "%s and %s cannot be used together", other, key.Name)
		}
	}
}

// Inherit returns the settings with what was not said taken from above. What excludes each other comes from the same level.
func (t *Table) Inherit(s, above Settings) Settings {
	all := make(Settings, len(s)+len(above))
	maps.Copy(all, s)
	for name, value := range above {
		rule := t.byName[name].Inherit
		switch {
		case rule.Never:
		case s[name] == nil && s[rule.Excepts] == nil:
			all[name] = value
		case s[name] != nil && rule.Merge != nil:
			all[name] = rule.Merge(s[name], value)
		}
	}
	return all
}
