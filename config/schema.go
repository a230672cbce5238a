package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
)

// schema is a part of a JSON Schema.
type schema = map[string]any

// Schema returns the JSON Schema (draft 2020-12) of KPI files, main and included ones alike, for completion and errors in
// editors. It is made from the keys that Load reads. What it refuses, Load refuses too; Load knows more, such as which
// names there are and which keys exclude each other. checks are what lint: {off: [...]} may name.
func Schema(checks []string) []byte {
	names := schema{"pattern": "^[a-z][a-z0-9_]{0,62}$"}
	file := object(mainKeys, fileSchemas(checks))
	maps.Copy(file, schema{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "KPI file of kpi_exporter",
		"$defs": schema{
			"database":  named(schema{"pattern": "^[a-zA-Z_-][a-zA-Z0-9_-]*$"}, object(databaseKeys, databaseSchemas())),
			"owner":     named(nil, object(ownerKeys, ownerSchemas())),
			"objective": named(nil, required(object(objectiveKeys, objectiveSchemas()), "title")),
			"defaults":  object(defaultKeys, kpiSchemas()),
			"query":     named(names, object(queryKeys, kpiSchemas())),
			"kpi":       named(names, required(object(kpiKeys, kpiSchemas()), "title")),
			"target":    object(targetKeys, targetSchemas()),
			"segment":   segmentSchema(),
			"bound":     boundSchema(),
			"number":    numberSchema(),
			"duration":  durationSchema(),
			"period":    periodSchema(),
			"text":      schema{"type": []string{"string", "number", "boolean"}},
		},
	})
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(file) // Maps, lists and texts can be written, and a buffer takes everything.
	return out.Bytes()
}

// object returns the schema of a mapping that has these keys and no others. A key without a schema may hold anything.
func object(keys string, schemas map[string]schema) schema {
	properties := schema{}
	for key := range strings.FieldsSeq(keys) {
		properties[key] = schemas[key]
		if schemas[key] == nil {
			properties[key] = schema{}
		}
	}
	return schema{"type": "object", "properties": properties, "additionalProperties": false}
}

// named returns the schema of a mapping from names to values of one kind; nil lets every name pass.
func named(names, value schema) schema {
	s := schema{"type": "object", "additionalProperties": value}
	if names != nil {
		s["propertyNames"] = names
	}
	return s
}

// required adds a required key.
func required(s schema, key string) schema {
	s["required"] = []string{key}
	return s
}

func ref(name string) schema { return schema{"$ref": "#/$defs/" + name} }

// described adds what an editor shows about a key.
func described(description string, s schema) schema {
	s = maps.Clone(s)
	s["description"] = description
	return s
}

func words(known string) schema { return schema{"enum": strings.Fields(known)} }

func listOf(item schema) schema { return schema{"type": "array", "items": item} }

func either(schemas ...schema) schema { return schema{"anyOf": schemas} }

// numberSchema is of a number as people write it, in any unit.
func numberSchema() schema {
	return schema{
		"type":    []string{"number", "string"},
		"pattern": `^[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?(k|M|B|%|pp|y|w|d|h|m|s|ms)?([0-9]+(w|d|h|m|s|ms))*$`,
	}
}

// durationSchema is of a length of time; 0 alone needs no unit.
func durationSchema() schema {
	return either(schema{"type": "string", "pattern": "^(0|([0-9]+(y|w|d|h|m|s|ms))+)$"}, schema{"const": 0})
}

func dateSchema() schema {
	return schema{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
}

// instantSchema is of a date, or of a time with or without an offset.
func instantSchema() schema {
	return schema{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:.*)?$"}
}

func periodSchema() schema {
	count := schema{"type": []string{"integer", "string"}}
	forms := object(periodKeys, map[string]schema{
		"days":     described("The last N complete local days.", count),
		"weeks":    described("The last N complete weeks.", count),
		"months":   described("The last N complete calendar months.", count),
		"trailing": described("The length of time that ends at the instant of evaluation: 30d, 12h, 12mo.", schema{"type": "string"}),
		"to_date":  described("The running one up to the instant of evaluation.", words(calendarUnits)),
	})
	forms["minProperties"], forms["maxProperties"] = 1, 1
	return either(words(periodWords), forms)
}

// boundSchema is of a number, or of a mapping that says where the bound comes from.
func boundSchema() schema {
	change := described("By how much the bound differs from the past value: +10%, -5, +2pp.", ref("number"))
	plan := described("Values by year, quarter, month or day: 2026, 2026-Q1, 2026-03, 2026-03-01; none ends it.",
		schema{"type": "object", "propertyNames": schema{"pattern": calendarKey.String()}, "additionalProperties": either(ref("number"), schema{"const": "none"})})
	form := object(boundKeys, map[string]schema{
		"benchmark":             described("A number that others reach.", ref("number")),
		"source":                described("Where the benchmark was found.", ref("text")),
		"steps":                 plan,
		"ramp":                  plan,
		"previous_period":       change,
		"same_period_last_year": change,
		"median_of_6":           change,
		"mean_of_6":             change,
		"a_week_ago":            change,
		"a_month_ago":           change,
		"a_quarter_ago":         change,
		"a_year_ago":            change,
		"stricter_of":           described("The one that is harder to meet counts.", listOf(ref("bound"))),
	})
	form["patternProperties"] = schema{"^(median|mean)_of_[0-9]+$": change}
	return either(ref("number"), form)
}

// segmentSchema is of the target of some label sets: labels with their values, beside what differs.
func segmentSchema() schema {
	s := object(segmentKeys, targetSchemas())
	s["properties"].(schema)["target"] = described("none: there is no target here.", schema{"const": "none"})
	s["additionalProperties"] = ref("text")
	return s
}
