// Package starter writes the KPI file that somebody begins with: a commented example, or KPIs copied from a library.
package starter

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed starter.yaml
var example string

// Example returns a commented KPI file with one KPI.
func Example() string { return example }

// Library is a KPI file to copy from. It is copied as text, so that its comments come along.
type Library struct {
	sections map[string][]block
}

// block is an entry of a section: its name, and its lines with the comments above them.
type block struct {
	name, text string
}

var (
	sectionLine = regexp.MustCompile(`^([a-z_]+):`)
	entryLine   = regexp.MustCompile(`^ {2}([a-z][a-z0-9_]*):`)
	ruler       = regexp.MustCompile(`^ {2}# -{10,}`)
	reference   = regexp.MustCompile(`(?m)^ {4}(from|objective|owner): ([a-z0-9_]+)`)
)

// Read reads a library. Its sections are indented by two spaces, and the keys of a KPI stand on lines of their own.
func Read(text string) *Library {
	l := &Library{sections: map[string][]block{}}
	var section, above string // The comments above an entry belong to it.
	for line := range strings.Lines(text) {
		blocks := l.sections[section]
		switch {
		case sectionLine.MatchString(line):
			section, above = sectionLine.FindStringSubmatch(line)[1], ""
		case entryLine.MatchString(line):
			l.sections[section] = append(blocks, block{entryLine.FindStringSubmatch(line)[1], above + line})
			above = ""
		case ruler.MatchString(line), strings.HasPrefix(line, "#"):
			above = ""
		case strings.HasPrefix(line, "  #"):
			above += line
		case len(blocks) > 0:
			blocks[len(blocks)-1].text += line
		}
	}
	for _, blocks := range l.sections {
		for i := range blocks {
			blocks[i].text = strings.TrimRight(blocks[i].text, "\n") + "\n"
		}
	}
	return l
}

// Names returns the names of the KPIs, in their order.
func (l *Library) Names() []string {
	names := make([]string, len(l.sections["kpis"]))
	for i, k := range l.sections["kpis"] {
		names[i] = k.name
	}
	return names
}

// Copy returns a file with the KPIs of these names and all that they need: their objectives, owners and named queries. A
// named query comes with every KPI that reads it, because a column that no KPI reads is an error.
func (l *Library) Copy(names []string) (string, error) {
	for _, name := range names {
		if !slices.Contains(l.Names(), name) {
			return "", fmt.Errorf("there is no KPI %q to copy; there are %s", name, strings.Join(l.Names(), ", "))
		}
	}
	wanted := map[string]bool{}
	for _, k := range l.sections["kpis"] {
		if slices.Contains(names, k.name) {
			wanted[k.refersTo("from")] = true
		}
	}
	delete(wanted, "")
	kpis := l.pick("kpis", func(b block) bool { return slices.Contains(names, b.name) || wanted[b.refersTo("from")] })
	queries := l.pick("queries", func(b block) bool { return wanted[b.name] })
	objectives := l.pick("objectives", named(kpis, "objective"))
	owners := l.pick("owners", named(slices.Concat(kpis, objectives), "owner"))

	head, _, _ := strings.Cut(example, "owners:")
	var out strings.Builder
	out.WriteString("# The SQL is for tables of its own: put in yours.\n#\n" + head)
	write := func(section string, blocks []block, separator string) {
		if len(blocks) == 0 {
			return
		}
		out.WriteString(section + ":\n")
		for i, b := range blocks {
			if i > 0 {
				out.WriteString(separator)
			}
			out.WriteString(b.text)
		}
		out.WriteByte('\n')
	}
	write("owners", owners, "")
	write("objectives", objectives, "")
	out.WriteString("defaults: {database: app, tolerance: 10%}\n\n")
	write("queries", queries, "\n")
	write("kpis", kpis, "\n")
	return strings.TrimRight(out.String(), "\n") + "\n", nil
}

func (l *Library) pick(section string, want func(block) bool) []block {
	var picked []block
	for _, b := range l.sections[section] {
		if want(b) {
			picked = append(picked, b)
		}
	}
	return picked
}

// refersTo returns what a KPI names behind a key, "" if nothing.
func (b block) refersTo(key string) string {
	for _, m := range reference.FindAllStringSubmatch(b.text, -1) {
		if m[1] == key {
			return m[2]
		}
	}
	return ""
}

var inlineOwner = regexp.MustCompile(`[{ ]owner: ([a-z0-9_]+)`)

// named returns whether one of the blocks names an entry behind a key.
func named(blocks []block, key string) func(block) bool {
	names := map[string]bool{}
	for _, b := range blocks {
		names[b.refersTo(key)] = true
		if m := inlineOwner.FindStringSubmatch(b.text); key == "owner" && m != nil {
			names[m[1]] = true
		}
	}
	return func(b block) bool { return names[b.name] }
}
