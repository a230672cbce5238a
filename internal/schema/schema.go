// Package schema describes the keys of KPI files, given a table of them: as a JSON Schema for editors, and as the tables of the
// reference page. It does not know how the keys are read.
package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Section is a table of keys, under one heading of the reference page.
type Section struct {
	Title string // Such as "Keys of a KPI".
	Note  string // Markdown above the table; "" for none.
	Keys  []Key
}

// Key is a key of a mapping.
type Key struct {
	Name string
	In   string // The mappings that have it, with spaces between them: main, included, kpi, query, defaults, target, segment, ….
	Help string // What it means: a phrase of Markdown without a full stop.
	Form Form

	Pattern string // For a key that is one example of many, a regular expression that all of their names match.
}

// IsIn reports whether a mapping has the key.
func (k Key) IsIn(mapping string) bool { return slices.Contains(strings.Fields(k.In), mapping) }

// JSON returns the JSON Schema (draft 2020-12) of KPI files, main and included ones alike.
func JSON(sections []Section) []byte {
	of := func(mapping string) object { return mappingOf(sections, mapping) }
	name := object{"pattern": "^[a-z][a-z0-9_]{0,62}$"}
	segment, bound, period := of("segment"), of("bound"), of("period")
	segment["additionalProperties"] = Text().json
	period["minProperties"], period["maxProperties"] = 1, 1
	file := of("main")
	maps.Copy(file, object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "KPI file of kpi_exporter",
		"$defs": object{
			"database":  named(object{"pattern": "^[a-zA-Z_-][a-zA-Z0-9_-]*$"}, of("database")),
			"owner":     named(nil, of("owner")),
			"mail":      of("mail"),
			"slack":     of("slack"),
			"report":    named(name, of("report")),
			"objective": named(nil, of("objective")),
			"decision":  of("decision"),
			"include":   of("include"),
			"lint":      of("lint"),
			"defaults":  of("defaults"),
			"query":     named(name, of("query")),
			"kpi":       named(name, of("kpi")),
			"alert":     of("alert"),
			"target":    of("target"),
			"segment":   segment,
			"bound":     either(Number().json, bound),
			"period":    either(period, Words(PeriodWords).json),
			"number": object{
				"type":    []string{"number", "string"},
				"pattern": `^[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?(k|M|B|%|pp|y|w|d|h|m|s|ms)?([0-9]+(w|d|h|m|s|ms))*$`,
			},
			"duration": either(object{"type": "string", "pattern": "^(0|([0-9]+(y|w|d|h|m|s|ms))+)$"}, object{"const": 0}),
			"text":     object{"type": []string{"string", "number", "boolean"}},
		},
	})
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(file) // Maps, lists and texts can be written, and a buffer takes everything.
	return out.Bytes()
}

// mappingOf returns the schema of a mapping that has its keys and no others.
func mappingOf(sections []Section, mapping string) object {
	properties, patterns := object{}, object{}
	var required []string
	for _, section := range sections {
		for _, key := range section.Keys {
			if !key.IsIn(mapping) {
				continue
			}
			property := maps.Clone(key.Form.json)
			property["description"] = sentence(key.Help)
			properties[key.Name] = property
			if key.Pattern != "" {
				patterns[key.Pattern] = property
			}
			if key.Form.required {
				required = append(required, key.Name)
			}
		}
	}
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(patterns) > 0 {
		schema["patternProperties"] = patterns
	}
	if required != nil {
		schema["required"] = required
	}
	return schema
}

// sentence returns a phrase of Markdown as an editor shows it: a sentence without links.
func sentence(phrase string) string {
	text := []rune(link.ReplaceAllString(phrase, "$1"))
	return strings.ToUpper(string(text[:1])) + string(text[1:]) + "."
}

var link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// named returns the schema of a mapping from names to values of one kind; nil lets every name pass.
func named(names, value object) object {
	schema := object{"type": "object", "additionalProperties": value}
	if names != nil {
		schema["propertyNames"] = names
	}
	return schema
}

func either(schemas ...object) object { return object{"anyOf": schemas} }
