// Package openapi holds the description of the exporter's API for programs.
package openapi

import _ "embed"

//go:embed openapi.yaml
var text []byte

// Text returns the description, in YAML. Nobody changes it.
func Text() []byte { return text }
