package rules

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// marshal writes a value as YAML under a comment, keys in the order of the struct, lines as they are.
func marshal(comment string, v any) ([]byte, error) {
	var b bytes.Buffer
	for line := range strings.Lines(comment) {
		b.WriteString("# " + line)
	}
	b.WriteString("\n")
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// MarshalYAML puts the comment above the rule.
func (r Rule) MarshalYAML() (any, error) {
	type plain Rule // Without this method.
	var n yaml.Node
	if err := n.Encode(plain(r)); err != nil {
		return nil, err
	}
	n.HeadComment = r.Comment
	return &n, nil
}
