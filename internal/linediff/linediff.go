// Package linediff shows people by which lines two texts differ. It is pure.
package linediff

import (
	"fmt"
	"slices"
	"strings"
)

const (
	maxDifference = 40         // Lines that a person still reads.
	maxCompared   = 10_000_000 // Pairs of lines that are compared in a blink.
)

// Lines returns which lines are removed and which are added when one text becomes the other, indented and under the number of the
// line at which each change begins: the first 40, and how many more there are. It returns "" for equal texts.
func Lines(before, after string) string {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA--
		endB--
	}
	lines := edits(a[start:endA], b[start:endB], start+1)
	var out strings.Builder
	for i, line := range lines {
		if i == maxDifference {
			fmt.Fprintf(&out, "  … and %d lines more\n", len(lines)-i)
			break
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}

// edits lists the lines to remove and to add, under the number in the old text of the line at which a change begins.
func edits(a, b []string, first int) []string {
	common := commonAfter(a, b)
	var list []string
	changing := false
	note := func(i int, sign, line string) {
		if !changing {
			list = append(list, fmt.Sprintf("  line %d:", first+i))
		}
		changing = true
		list = append(list, "  "+sign+" "+line)
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			changing = false
			i++
			j++
		case j == len(b) || i < len(a) && common(i+1, j) >= common(i, j+1):
			note(i, "-", a[i])
			i++
		default:
			note(i, "+", b[j])
			j++
		}
	}
	return list
}

// commonAfter returns how many lines a[i:] and b[j:] have in common, in order. For texts too large to compare it says 0,
// which shows more as changed than is.
func commonAfter(a, b []string) func(i, j int) int {
	if len(a)*len(b) > maxCompared {
		return func(int, int) int { return 0 }
	}
	width := len(b) + 1
	table := make([]int32, (len(a)+1)*width)
	for i, lineA := range slices.Backward(a) {
		for j, lineB := range slices.Backward(b) {
			if lineA == lineB {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			} else {
				table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			}
		}
	}
	return func(i, j int) int { return int(table[i*width+j]) }
}
