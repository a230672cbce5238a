package linediff

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLines(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ before, after, want string }{
		"a line changed":      {"a\nb\nc\n", "a\nB\nc\n", "  line 2:\n  - b\n  + B\n"},
		"two places":          {"a\nb\nc\nd\n", "A\nb\nc\nD\n", "  line 1:\n  - a\n  + A\n  line 4:\n  - d\n  + D\n"},
		"lines came":          {"a\nc\n", "a\nb\nc\n", "  line 2:\n  + b\n"},
		"lines left":          {"a\nb\nc\n", "a\nc\n", "  line 2:\n  - b\n"},
		"all is new":          {"", "a\nb", "  line 1:\n  - \n  + a\n  + b\n"},
		"too much for people": {"", strings.Repeat("a\n", 100), "  line 1:\n" + strings.Repeat("  + a\n", 39) + "  … and 61 lines more\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Lines(test.before, test.after)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	large := strings.Repeat("x\n", 4000)
	if got := Lines("a\n"+large+"b\n", "c\n"+strings.Repeat("y\n", 4000)+"d\n"); strings.Count(got, "\n") != maxDifference+1 {
		t.Errorf("a difference too large to compare is not shown:\n%s", got)
	}
}
