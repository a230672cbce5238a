package keys

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// IsLabelName reports whether Prometheus takes a text for the name of a label.
func IsLabelName(name string) bool {
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return name != ""
}

// LabelFrom turns a text into a label name.
func LabelFrom(text string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && IsLabelName("_"+string(r)) {
			return r
		}
		return '_'
	}, text)
	if !IsLabelName(name) {
		name = "_" + name
	}
	return name
}

// isName reports whether a text can name a KPI or a query.
func isName(text string) bool {
	return len(text) <= 63 && IsLabelName(text) && text == strings.ToLower(text) && text[0] != '_'
}

// CheckName checks the name of a KPI or a query.
func CheckName(d *document.File, k *document.Node, what string) {
	if isName(k.Value) {
		return
	}
	hint := "a name is made of a to z, 0 to 9 and _, begins with a letter and has at most 63 characters"
	if better := strings.ToLower(LabelFrom(k.Value)); isName(better) {
		hint = "write " + better
	}
	d.Fail(k, hint, "%s is not a name for a %s", d.Show(k.Line, k.Value), what)
}
