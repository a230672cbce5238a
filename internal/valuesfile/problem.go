package valuesfile

import "strconv"

// maxProblems is how many problems of one kind of a file are worth reading.
const maxProblems = 20

// Problem is one thing that is wrong with a file, or doubtful. Lines and columns count from 1, columns in characters; both are 0 where
// the file as a whole is meant.
type Problem struct {
	Line, Column  int
	Message, Hint string
	Check         string // The ID of the check that finds it; "" for an error.
}

// problems keeps the first of many problems, and counts all.
type problems struct {
	kept  []Problem
	next  Problem // The first that is not kept.
	count int
}

func (p *problems) add(next Problem) {
	switch p.count++; {
	case p.count <= maxProblems:
		p.kept = append(p.kept, next)
	case p.count == maxProblems+1:
		p.next = next
	}
}

// all returns the problems that are kept and, if there are others, how many.
func (p *problems) all() []Problem {
	switch n := p.count - maxProblems; {
	case n <= 0:
		return p.kept
	case n == 1:
		return append(p.kept[:maxProblems:maxProblems], p.next)
	default:
		rest := Problem{Line: p.next.Line, Column: p.next.Column, Check: p.next.Check, Message: "and " + strconv.Itoa(n) + " more from this line on"}
		return append(p.kept[:maxProblems:maxProblems], rest)
	}
}
