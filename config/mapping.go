package config

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// mappingKey is a key of a mapping other than a KPI, and how its value is read into a T.
type mappingKey[T any] struct {
	name, in string
	form     schema.Form
	help     string
	read     func(into T, k, v *document.Node)
}

// namesOf returns the keys that a mapping has, with spaces between them.
func namesOf[T any](keys []mappingKey[T], mapping string) string {
	var names []string
	for _, key := range keys {
		if document.IsOneOf(mapping, key.in) {
			names = append(names, key.name)
		}
	}
	return strings.Join(names, " ")
}

// readKey reads a key of a mapping; it returns false for one that the mapping does not have.
func readKey[T any](keys []mappingKey[T], mapping string, into T, k, v *document.Node) bool {
	for _, key := range keys {
		if key.name == k.Value && document.IsOneOf(mapping, key.in) {
			key.read(into, k, v)
			return true
		}
	}
	return false
}

// readMapping reads a mapping whose keys are all in one. What is not known goes to unknown, which returns false for what it
// does not know either; nil for no such thing.
func readMapping[T any](d *document.File, n *document.Node, what string, keys []mappingKey[T], into T, unknown func(k, v *document.Node) bool) {
	mapping := keys[0].in
	d.Mapping(n, what, namesOf(keys, mapping), func(k, v *document.Node) bool {
		return readKey(keys, mapping, into, k, v) || unknown != nil && unknown(k, v)
	})
}
