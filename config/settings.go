package config

import (
	"cmp"
	"maps"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// keyTable holds the keys of KPIs and their targets, ready for reading.
type keyTable struct {
	list        []kpiKey
	byName      map[string]*kpiKey
	known       map[string]string // By mapping: the names of its keys.
	target      []mappingKey[*targetParts]
	targetNames string
	bound       []mappingKey[*boundParts]
}

func newKeyTable(list []kpiKey) *keyTable {
	t := &keyTable{list: list, byName: make(map[string]*kpiKey, len(list)), known: map[string]string{}, target: targetKeys(), bound: boundKeys()}
	t.targetNames = namesOf(t.target, "target")
	for i := range list {
		key := &list[i]
		t.byName[key.name] = key
		for mapping := range strings.FieldsSeq(key.in) {
			t.known[mapping] += key.name + " "
		}
	}
	return t
}

// misplaced reports a key that has a meaning elsewhere; it returns false for any other.
func (t *keyTable) misplaced(f *file, mapping string, k *document.Node) bool {
	key := t.byName[k.Value]
	isKPIKey := key != nil && document.IsOneOf(inKPI, key.in)
	isTargetKey := document.IsOneOf(k.Value, t.targetNames)
	switch {
	case mapping == inQuery && isKPIKey:
		f.Fail(k, "write it in each KPI that reads the query", "a named query has no %s", k.Value)
	case mapping == inDefaults && (isKPIKey || isTargetKey):
		f.Fail(k, "write it in each KPI", "%s cannot be a default", k.Value)
	case mapping == inKPI && isTargetKey:
		f.Fail(k, "indent it below target:", "%s belongs in the target", k.Value)
	case mapping == inKPI && key != nil:
		f.Fail(k, "set it on the database, or on a query below queries", "%s belongs to a database or a named query", k.Value)
	default:
		return false
	}
	return true
}

// settings are what a file says of a KPI, a named query or defaults: a *document.Field by key. A KPI inherits from its named
// query, from the defaults of its file, and from those of the main file.
type settings map[string]any

// get returns what is said of a key; it is not said if the key is not there. It panics where kpiKeys reads another type.
func get[T any](s settings, key string) document.Field[T] {
	if f := s[key]; f != nil {
		return *f.(*document.Field[T])
	}
	return document.Field[T]{}
}

func set[T any](s settings, key string, f document.Field[T]) { s[key] = &f }

// sql returns the SQL of query or query_file, nil without any, and when there is something wrong with it.
func (s settings) sql() *sqlText {
	return cmp.Or(get[*sqlText](s, "query").Value, get[*sqlText](s, "query_file").Value)
}

func (s settings) text(key string) document.Field[string] { return get[string](s, key) }

// read reads a mapping of KPI keys. It returns the keys that the mapping has, in their order.
func (t *keyTable) read(f *file, n *document.Node, what, mapping string) (s settings, keys []*document.Node) {
	s = settings{}
	f.Mapping(n, what, t.known[mapping], func(k, v *document.Node) bool {
		key := t.byName[k.Value]
		if key == nil || !document.IsOneOf(mapping, key.in) {
			return t.misplaced(f, mapping, k)
		}
		keys = append(keys, k)
		s[key.name] = key.read(f.File, v, key.name)
		return true
	})
	t.exclusive(s)
	return s, keys
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
