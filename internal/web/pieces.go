package web

// pieceSize is how long pieces are: a large text that grows is not copied, and what nobody needs is given back piece by piece.
const pieceSize = 64 << 10

// pieces is a text in pieces. Nobody changes the bytes once somebody else has them.
type pieces [][]byte

// size returns how many bytes a text has.
func (p *pieces) size() (n int) {
	for _, piece := range *p {
		n += len(piece)
	}
	return n
}

// Write appends bytes. It implements io.Writer, and has no errors.
func (p *pieces) Write(b []byte) (int, error) {
	written := len(b)
	if len(*p) == 0 {
		*p = append(*p, nil) // It grows: most texts are short.
	}
	for {
		last := &(*p)[len(*p)-1]
		room := min(len(b), pieceSize-len(*last))
		if *last, b = append(*last, b[:room]...), b[room:]; len(b) == 0 {
			return written, nil
		}
		*p = append(*p, make([]byte, 0, pieceSize))
	}
}
