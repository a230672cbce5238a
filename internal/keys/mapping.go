package keys

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// Into is a key of a mapping from which nothing is inherited, and how its value is read into a T.
type Into[T any] struct {
	name, in string
	form     schema.Form
	help     string
	read     func(into T, k, v *document.Node)
	pattern  string
}

// To returns a key; in is the mappings that have it, with spaces between them.
func To[T any](name, in string, form schema.Form, help string, read func(into T, k, v *document.Node)) Into[T] {
	return Into[T]{name: name, in: in, form: form, help: help, read: read}
}

// StandsFor returns a key that is one example of many, whose names match a regular expression.
func (k Into[T]) StandsFor(pattern string) Into[T] {
	k.pattern = pattern
	return k
}

// Section returns the section of the reference page that describes some keys.
func Section[T any](title, note string, list []Into[T]) schema.Section {
	s := schema.Section{Title: title, Note: note}
	for _, key := range list {
		s.Keys = append(s.Keys, schema.Key{Name: key.name, In: key.in, Form: key.form, Help: key.help, Pattern: key.pattern})
	}
	return s
}

// Names returns the keys that a mapping has, with spaces between them.
func Names[T any](keys []Into[T], mapping string) string {
	var names []string
	for _, key := range keys {
		if document.IsOneOf(mapping, key.in) {
			names = append(names, key.name)
		}
	}
	return strings.Join(names, " ")
}

// ReadOne reads a key of a mapping; it returns false for one that the mapping does not have.
func ReadOne[T any](keys []Into[T], mapping string, into T, k, v *document.Node) bool {
	for _, key := range keys {
		if key.name == k.Value && document.IsOneOf(mapping, key.in) {
			key.read(into, k, v)
			return true
		}
	}
	return false
}

// Read reads a mapping whose keys are all in one. What is not known goes to unknown, which returns false for what it
// does not know either; nil for no such thing.
func Read[T any](d *document.File, n *document.Node, what string, keys []Into[T], into T, unknown func(k, v *document.Node) bool) {
	mapping := keys[0].in
	d.Mapping(n, what, Names(keys, mapping), func(k, v *document.Node) bool {
		return ReadOne(keys, mapping, into, k, v) || unknown != nil && unknown(k, v)
	})
}
