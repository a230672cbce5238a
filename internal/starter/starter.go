// Package starter writes the KPI file that somebody begins with: a commented example, or KPIs copied from a library.
package starter

import (
	_ "embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

//go:embed starter.yaml
var example string

// Example returns a commented KPI file with one KPI.
func Example() string { return example }

// Library is a KPI file to copy from, with what it includes. It is copied as text, so that its comments come along.
type Library struct {
	sections map[string][]block
}

// block is an entry of a section: its name, and its lines with the comments above them.
type block struct {
	name, text string
}

var (
	includeLine = regexp.MustCompile(`(?m)^include: \[(.*)\]`)
	sectionLine = regexp.MustCompile(`^([a-z_]+):`)
	entryLine   = regexp.MustCompile(`^ {2}([a-z][a-z0-9_]*):`)
	sqlLine     = regexp.MustCompile(`^ {4}query_file: (\S+)`)
	reference   = regexp.MustCompile(`(?m)^ {4}(from|objective|owner): ([a-z0-9_]+)`)
	formulaLine = regexp.MustCompile(`(?m)^ {4}formula: (.*)`)
	operand     = regexp.MustCompile(`[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?`)
)

// Read reads the library whose file is kpi.yaml. The sections of its files are indented by two spaces, and the keys of a
// KPI are on lines of their own. SQL in files of its own is copied into the KPI, which therefore needs no other file.
func Read(files fs.FS) (*Library, error) {
	main, err := fs.ReadFile(files, "kpi.yaml")
	if err != nil {
		return nil, err
	}
	l := &Library{sections: map[string][]block{}}
	if err := l.read(files, string(main)); err != nil {
		return nil, err
	}
	if m := includeLine.FindSubmatch(main); m != nil {
		for name := range strings.SplitSeq(string(m[1]), ", ") {
			text, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, err
			}
			if err := l.read(files, string(text)); err != nil {
				return nil, err
			}
		}
	}
	for _, blocks := range l.sections {
		for i := range blocks {
			blocks[i].text = strings.TrimRight(blocks[i].text, "\n") + "\n"
		}
	}
	return l, nil
}

// read adds the entries of one file.
func (l *Library) read(files fs.FS, text string) error {
	var section, above string // The comments above an entry belong to it.
	for line := range strings.Lines(text) {
		blocks := l.sections[section]
		switch {
		case sectionLine.MatchString(line):
			section, above = sectionLine.FindStringSubmatch(line)[1], ""
		case entryLine.MatchString(line):
			l.sections[section] = append(blocks, block{entryLine.FindStringSubmatch(line)[1], above + line})
			above = ""
		case strings.HasPrefix(line, "#"):
			above = ""
		case strings.HasPrefix(line, "  #"):
			above += line
		case sqlLine.MatchString(line):
			sql, err := fs.ReadFile(files, sqlLine.FindStringSubmatch(line)[1])
			if err != nil {
				return err
			}
			blocks[len(blocks)-1].text += "    query: |\n" + indented(string(sql))
		case len(blocks) > 0:
			blocks[len(blocks)-1].text += line
		}
	}
	return nil
}

// indented returns SQL as it is below a key of a KPI.
func indented(sql string) string {
	var out strings.Builder
	for line := range strings.Lines(sql) {
		if strings.TrimSpace(line) != "" {
			out.WriteString("      ")
		}
		out.WriteString(line)
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

// Names returns the names of the KPIs, in their order.
func (l *Library) Names() []string {
	names := make([]string, len(l.sections["kpis"]))
	for i, k := range l.sections["kpis"] {
		names[i] = k.name
	}
	return names
}

// Copy returns a file with the KPIs of these names and all that they need: the KPIs and named queries that they are computed
// from, their objectives and owners. A named query comes with every KPI that reads it, because a column that no KPI reads is
// an error.
func (l *Library) Copy(names []string) (string, error) {
	for _, name := range names {
		if !slices.Contains(l.Names(), name) {
			return "", fmt.Errorf("there is no KPI %q to copy; there are %s", name, strings.Join(l.Names(), ", "))
		}
	}
	needed := map[string]bool{} // KPIs and queries by name: none has the name of another.
	for _, name := range names {
		needed[name] = true
	}
	for before := 0; before < len(needed); {
		before = len(needed)
		for _, k := range l.sections["kpis"] {
			if inputs := k.inputs(); needed[k.name] || slices.ContainsFunc(inputs, l.isQueryOf(needed)) {
				needed[k.name] = true
				for _, name := range inputs {
					needed[name] = true
				}
			}
		}
	}
	kpis := l.pick("kpis", func(b block) bool { return needed[b.name] })
	queries := l.pick("queries", func(b block) bool { return needed[b.name] })
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

// inputs returns the names of the KPIs and of the named queries that a KPI is computed from, among names that mean nothing.
func (b block) inputs() []string {
	var names []string
	if query := b.refersTo("from"); query != "" {
		names = append(names, query)
	}
	if m := formulaLine.FindStringSubmatch(b.text); m != nil {
		for _, name := range operand.FindAllString(m[1], -1) {
			query, _, _ := strings.Cut(name, ".")
			names = append(names, query)
		}
	}
	return names
}

// isQueryOf returns whether a name is that of a query among these.
func (l *Library) isQueryOf(names map[string]bool) func(string) bool {
	return func(name string) bool {
		return names[name] && slices.ContainsFunc(l.sections["queries"], func(q block) bool { return q.name == name })
	}
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
