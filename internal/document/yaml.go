package document

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

// Node is a value of a YAML file with its place. No other file of the package knows the YAML library.
type Node = yaml.Node

// The kinds and styles of values that matter to those who read them.
const (
	MappingNode  = yaml.MappingNode
	SequenceNode = yaml.SequenceNode
	ScalarNode   = yaml.ScalarNode
	aliasNode    = yaml.AliasNode

	QuotedStyle       = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle
	LiteralStyle      = yaml.LiteralStyle
	FoldedStyle       = yaml.FoldedStyle
	DoubleQuotedStyle = yaml.DoubleQuotedStyle
	flowStyle         = yaml.FlowStyle
	taggedStyle       = yaml.TaggedStyle
)

// maxAliased is how many values a file may repeat by aliases.
const maxAliased = 200_000

// Parse returns the one document of a file, or nil when reading on is pointless.
func (d *File) Parse() *Node {
	if !d.IsUTF8() {
		return nil
	}
	if !d.isBounded() {
		return nil
	}
	text := d.Content
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var document, second Node
	err := decoder.Decode(&document)
	switch {
	case errors.Is(err, io.EOF), err == nil && IsNull(document.Content[0]):
		d.FailFile("the file is empty, or holds nothing but comments", "")
		return nil
	case err != nil:
		d.explain(failingLine(text, err), strings.TrimPrefix(err.Error(), "yaml: "))
		return nil
	}
	root := document.Content[0]
	if decoder.Decode(&second) == nil {
		d.FailAt(second.Line, 1, "put everything into the first, and remove the line ---", "a second document begins here")
	} else if line := d.documentEnd(root); line > 0 { // Broken YAML behind ---.
		d.FailAt(line, 1, "put everything into the first, and remove the line ---", "a second document begins here")
	}
	if !d.checkAliases(root) {
		return nil
	}
	return root
}

// documentEnd returns the first line below a document's first value that begins another document, 0 if none does.
func (d *File) documentEnd(root *Node) int {
	for line := root.Line + 1; line <= len(d.starts); line++ {
		if start := d.starts[line-1]; strings.HasPrefix(d.Content[start:], "---") && strings.TrimSpace(strings.TrimPrefix(d.Line(line), "---")) == "" {
			return line
		}
	}
	return 0
}

// failingLine returns the line at which the YAML library gives up. The line in its message is often that of the
// enclosing mapping, or one off; but it reads from top to bottom, so the line is the shortest beginning of the file
// that gives the same error.
func failingLine(text string, err error) int {
	const maxSearched = 1 << 20 // Reading a larger file a dozen times would take too long.
	if len(text) > maxSearched {
		line := 1
		if _, scanErr := fmt.Sscanf(err.Error(), "yaml: line %d:", &line); scanErr != nil {
			return 1
		}
		return line
	}
	ends := make([]int, 0, 1+strings.Count(text, "\n"))
	for i, c := range []byte(text) {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	ends = append(ends, len(text))
	return 1 + sort.Search(len(ends)-1, func(i int) bool {
		var n Node
		prefix := yaml.NewDecoder(strings.NewReader(text[:ends[i]])).Decode(&n)
		return prefix != nil && prefix.Error() == err.Error()
	})
}

// checkAliases refuses values that contain themselves, and files that would be huge with every alias written out.
func (d *File) checkAliases(root *Node) bool {
	const open = -1 // The anchor is being measured.
	var (
		sizes   = map[*Node]int{}
		aliased = 0
		ok      = true
		measure func(n *Node) int
	)
	measure = func(n *Node) int {
		if n.Anchor != "" {
			if size, seen := sizes[n]; seen {
				return size
			}
			sizes[n] = open
		}
		size := 1
		for _, child := range n.Content {
			if child.Kind != aliasNode {
				size += measure(child)
				continue
			}
			repeated := measure(child.Alias)
			switch {
			case repeated == open && ok:
				d.Fail(child, "", "alias *%s is inside the value that it repeats", child.Value)
				ok = false
			case aliased <= maxAliased && aliased+repeated > maxAliased && ok:
				d.Fail(child, "write the values out, or use defaults", "the aliases of this file repeat more than %d values", maxAliased)
				ok = false
			}
			if repeated > 0 {
				size += repeated
				aliased += repeated
			}
		}
		size = min(size, maxAliased+1)
		aliased = min(aliased, maxAliased+1)
		if n.Anchor != "" {
			sizes[n] = size
		}
		return size
	}
	measure(root)
	return ok
}
