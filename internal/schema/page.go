package schema

import (
	"fmt"
	"strings"
)

// Page returns the tables of the reference page, in Markdown: a heading and a table for each section.
func Page(sections []Section) string {
	var b strings.Builder
	for i, section := range sections {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "### %s\n\n", section.Title)
		if section.Note != "" {
			b.WriteString(section.Note + "\n\n")
		}
		section.table(&b)
	}
	return b.String()
}

// table writes the keys of a section, with the mappings that have them where not all of the keys are in the same.
func (s Section) table(b *strings.Builder) {
	everywhere := s.everywhere()
	if everywhere != "" {
		b.WriteString("| key | where | value | meaning |\n| --- | --- | --- | --- |\n")
	} else {
		b.WriteString("| key | value | meaning |\n| --- | --- | --- |\n")
	}
	for _, key := range s.Keys {
		fmt.Fprintf(b, "| `%s` | ", key.Name)
		switch everywhere {
		case "":
		case key.In:
			b.WriteString("everywhere | ")
		default:
			b.WriteString(where(key.In) + " | ")
		}
		help := key.Help
		if key.Form.required {
			help += "; required"
		}
		fmt.Fprintf(b, "%s | %s |\n", key.Form.words, strings.ReplaceAll(help, "|", `\|`))
	}
}

// everywhere returns the mappings that a key is in which is in all of them, "" where all keys are in the same.
func (s Section) everywhere() string {
	widest := s.Keys[0].In
	differ := false
	for _, key := range s.Keys {
		differ = differ || key.In != s.Keys[0].In
		if len(key.In) > len(widest) {
			widest = key.In
		}
	}
	if !differ {
		return ""
	}
	return widest
}

// where returns mappings in words.
func where(mappings string) string {
	words := strings.NewReplacer("kpi", "KPIs", "query", "named queries", "main", "main file", "target", "targets", "segment", "segments")
	return words.Replace(strings.ReplaceAll(mappings, " ", ", "))
}
