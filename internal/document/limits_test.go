package document

import (
	"fmt"
	"strings"
	"testing"
)

// held holds texts by path.
type held map[string]string

func (h held) Read(path string, _ bool) (string, error) { return h[path], nil }
func (h held) Glob(string) ([]string, error)            { return nil, nil }
func (h held) Real(path string) string                  { return path }
func (h held) Name(path string) string                  { return path }

// TestLimitsOfAllFiles reads files that are together more than may be read: the one with which there is too much is not read, and smaller
// ones after it are.
func TestLimitsOfAllFiles(t *testing.T) {
	large := "# " + strings.Repeat("x", 30<<20) + "\na: b\n"
	values := strings.Repeat("- a\n", 150_000)
	h := held{"one": large, "two": large, "three": large, "small": "a: b\n", "list": values, "longer": values, "short": "- a\n"}
	r := NewReportFrom(h)
	var got []string
	for _, path := range []string{"one", "two", "three", "small", "list", "longer", "short"} {
		d, err := r.Read(path, true)
		got = append(got, fmt.Sprint(path, " ", err == nil && (len(d.Content) > 1<<20 || d.Parse() != nil)))
	}
	want := "one true, two true, three false, small true, list true, longer false, short true"
	if said := strings.Join(got, ", "); said != want {
		t.Errorf("%s\nwant %s", said, want)
	}
	if errors := r.Errors().Error(); !strings.HasPrefix(errors, "longer:99999:1: all YAML files together have more than 500000") {
		t.Errorf("it says %s", errors)
	}
}
