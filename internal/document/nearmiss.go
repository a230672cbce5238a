package document

import (
	"strconv"
	"strings"
)

// IsOneOf reports whether a word is among the known words, which have spaces between them.
func IsOneOf(word, known string) bool {
	for w := range strings.FieldsSeq(known) {
		if w == word {
			return true
		}
	}
	return false
}

// DidYouMean returns a hint: the nearest of the known words, or all of them after an introduction.
func DidYouMean(written, known, introduction string) string {
	if hint := Nearest(written, known); hint != "" {
		return hint
	}
	words := strings.Fields(known)
	switch more := len(words) - maxNamed; {
	case len(words) == 0:
		return ""
	case more > 0:
		return introduction + ": " + strings.Join(words[:maxNamed], ", ") + " and " + strconv.Itoa(more) + " more"
	}
	return introduction + ": " + strings.Join(words, ", ")
}

const (
	maxNamed    = 100     // How many known words a hint names.
	maxSearched = 2 << 20 // How many bytes of known names all hints of a report may be looked for in: seconds.
)

// Near is DidYouMean for names of which there may be many, or Nearest without an introduction. A report with very many mistakes has hints
// for the first ones only.
func (d *File) Near(written string, known func() string, introduction string) string {
	if d.report.searched >= maxSearched {
		return ""
	}
	names := known()
	d.report.searched += len(names)
	if introduction == "" {
		return Nearest(written, names)
	}
	return DidYouMean(written, names, introduction)
}

// NearName returns the known name that Near would find, "" if none is near.
func (d *File) NearName(written string, known func() string) string {
	if d.report.searched >= maxSearched {
		return ""
	}
	names := known()
	d.report.searched += len(names)
	return nearest(written, names)
}

// Nearest returns a hint with the known word that is nearest to the written one, "" if none is near.
func Nearest(written, known string) string {
	best := nearest(written, known)
	if best == "" {
		return ""
	}
	return "did you mean `" + best + "`?"
}

func nearest(written, known string) string {
	best := ""
	least := 1 + min(len(written), 12)/3 // One slip in a short word, more in a long one.
	folded := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(written))
	for word := range strings.FieldsSeq(known) {
		if len(word)-len(written) > least || len(written)-len(word) > least {
			continue
		}
		if d := distance(folded, strings.ToLower(word)); d < least || d == least && best == "" && d < len(word) {
			best, least = word, d
		}
	}
	if best == written {
		return ""
	}
	return best
}

// IsSlip reports whether two names differ, case aside, by one letter that is added, removed, replaced or
// swapped with its neighbour.
func IsSlip(a, b string) bool { return distance(strings.ToLower(a), strings.ToLower(b)) == 1 }

// IsTypo reports whether one name is the other mistyped: with a letter too many, or two neighbouring characters swapped. Where one letter
// replaces another, the names are usually meant to differ: d1_retention and d7_retention. So are those with other numbers: site_12 and
// site_21.
func IsTypo(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if a == "" || len(b) > len(a)+1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return isLetter(b[i]) && a[i:] == b[i+1:]
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:] && !(isDigit(a[i]) && isDigit(b[i]))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }

// distance returns how many letters must be added, removed, replaced or swapped with their neighbour to turn a into b.
func distance(a, b string) int {
	before := make([]int, len(b)+1) // Two rows up.
	above := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := above[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
