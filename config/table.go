package config

import (
	"maps"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// kpiKey is a key of some mappings, of which one inherits from others. Its entry in a table is the only place that says that there
// is such a key, what it means, how it is read, and how it is inherited; get returns what a file says.
type kpiKey struct {
	name, in string
	value
	inherit inheritance
	help    string
}

// value is what the value of a key may be, and how it is read. What a reader returns is a *document.Field.
type value struct {
	form schema.Form
	read func(d *document.File, n *document.Node, what string) any
}

// inheritance says how a key is taken from above: by a KPI from its named query, and from defaults. The zero value takes what is
// not said.
type inheritance struct {
	never   bool                     // It is not inherited.
	excepts string                   // A key with which it is inherited together: a file that says one of them leaves none of the other.
	merge   func(own, above any) any // Where both say it: both are *document.Field; nil if what is said nearer counts.
}

// newKey returns a key; in is the mappings that have it, with spaces between them.
func newKey(name, in string, v value, i inheritance, help string) kpiKey {
	return kpiKey{name: name, in: in, value: v, inherit: i, help: help}
}

// described returns the key for those who describe it.
func (k *kpiKey) described() schema.Key {
	return schema.Key{Name: k.name, In: k.in, Form: k.form, Help: k.help}
}

// keyTable holds keys, ready for reading.
type keyTable struct {
	list   []kpiKey
	byName map[string]*kpiKey
	known  map[string]string // By mapping: the names of its keys.
}

// newKeyTable returns a table of keys, in the order in which they are named where one is unknown.
func newKeyTable(list []kpiKey) *keyTable {
	t := &keyTable{list: list, byName: make(map[string]*kpiKey, len(list)), known: map[string]string{}}
	for i := range list {
		key := &list[i]
		t.byName[key.name] = key
		for mapping := range strings.FieldsSeq(key.in) {
			t.known[mapping] += key.name + " "
		}
	}
	return t
}

// settings are what a mapping says: a *document.Field by key.
type settings map[string]any

// get returns what is said of a key; it is not said if the key is not there. It panics where the table reads another type.
func get[T any](s settings, key string) document.Field[T] {
	if f := s[key]; f != nil {
		return *f.(*document.Field[T])
	}
	return document.Field[T]{}
}

// set sets what is said of a key.
func set[T any](s settings, key string, f document.Field[T]) { s[key] = &f }

// text is get for text.
func (s settings) text(key string) document.Field[string] { return get[string](s, key) }

// list returns the keys in their order.
func (t *keyTable) all() []kpiKey { return t.list }

// find returns the key of a name, nil if there is none.
func (t *keyTable) find(name string) *kpiKey { return t.byName[name] }

// read reads a mapping. It returns what is said, and the keys that say it, in their order. A key that the mapping does not have
// goes to misplaced, which returns false if it has no meaning elsewhere either.
func (t *keyTable) read(d *document.File, n *document.Node, what, mapping string, misplaced func(k *document.Node) bool) (s settings, said []*document.Node) {
	s = settings{}
	d.Mapping(n, what, t.known[mapping], func(k, v *document.Node) bool {
		key := t.byName[k.Value]
		if key == nil || !document.IsOneOf(mapping, key.in) {
			return misplaced(k)
		}
		said = append(said, k)
		s[key.name] = key.read(d, v, key.name)
		return true
	})
	t.exclusive(s)
	return s, said
}

// exclusive reports keys that say the same thing twice in one mapping, at the second of them.
func (t *keyTable) exclusive(s settings) {
	first := ""
	for _, key := range t.list {
		other := key.inherit.excepts
		switch {
		case other == "" || s[key.name] == nil || s[other] == nil:
		case other != first:
			first = key.name
		default:
			s[key.name].(interface {
				Fail(hint, format string, args ...any)
			}).Fail("leave one of them out", "%s and %s exclude each other", other, key.name)
		}
	}
}

// inherit returns the settings with what was not said taken from above. What excludes each other comes from the same level.
func (t *keyTable) inherit(s, above settings) settings {
	all := make(settings, len(s)+len(above))
	maps.Copy(all, s)
	for name, value := range above {
		rule := t.byName[name].inherit
		switch {
		case rule.never:
		case s[name] == nil && s[rule.excepts] == nil:
			all[name] = value
		case s[name] != nil && rule.merge != nil:
			all[name] = rule.merge(s[name], value)
		}
	}
	return all
}
