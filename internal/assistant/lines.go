package assistant

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// maxLine is how many bytes one message to the server may have.
const maxLine = 1 << 20

// lines reads messages, one per line. It leaves out each line that is not a message and answers it with an error of JSON-RPC, so that
// the session continues.
type lines struct {
	io.Closer
	reader *bufio.Reader
	out    io.Writer
	rest   []byte // What was read of a message so far.
}

func newLines(in io.ReadCloser, out io.Writer) *lines {
	return &lines{Closer: in, reader: bufio.NewReader(in), out: out}
}

// Read reads from messages alone.
func (l *lines) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		line, err := l.next()
		if err != nil {
			return 0, err
		}
		l.rest = line
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// next returns the next line with its end; nil if it is not a message.
func (l *lines) next() ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := l.reader.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(part) == 0 && len(line) == 0 && !long):
			return nil, err
		}
		break
	}
	message := bytes.TrimSpace(line)
	switch {
	case long:
		return nil, l.refuse(jsonrpc.CodeParseError, fmt.Sprintf("a message has at most %d bytes", maxLine))
	case len(message) == 0:
		return nil, nil
	case !json.Valid(message):
		return nil, l.refuse(jsonrpc.CodeParseError, "the line is not JSON")
	}
	if _, err := jsonrpc.DecodeMessage(message); err != nil {
		return nil, l.refuse(jsonrpc.CodeInvalidRequest, "the line is not a message of JSON-RPC 2.0")
	}
	return append(message, '\n'), nil
}

// refuse answers a line that is not a message. Whose answer it is cannot be known.
func (l *lines) refuse(code int, text string) error {
	_, err := fmt.Fprintf(l.out, `{"jsonrpc":"2.0","id":null,"error":{"code":%d,"message":%q}}`+"\n", code, text)
	return err
}

// oneByOne is a writer that several may write to at once.
type oneByOne struct {
	io.WriteCloser
	mu sync.Mutex
}

func (w *oneByOne) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.WriteCloser.Write(p)
}
