package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// maxReady is how many bytes of answers are kept ready.
const maxReady = 16 << 20

// ready keeps answers until what they are made from changes. All who ask for one get the same bytes, however slowly they read.
type ready struct {
	making sync.Mutex // Held while an answer is made: one at a time, so that others keep a processor.

	mu      sync.Mutex
	version string
	answers map[string]*answer
	size    int
}

// readyBoards keeps answers about boards ready. Those about several boards of the past are kept together, apart from those about now.
type readyBoards struct{ now, past ready }

// about returns the answer to a question about a board.
func (c *readyBoards) about(b *scoreboard.Board, question string, build func() (*answer, error)) (*answer, error) {
	switch {
	case !b.Past:
		return c.now.get(b.Version, question, build)
	case b.Version == "":
		return c.past.get("", question, build)
	}
	return c.past.get("past", b.Version+" "+question, build)
}

// answer is the body of a response, never changed once made.
type answer struct {
	contentType string
	plain, gzip []byte
	etag        string
}

func newAnswer(contentType string, body []byte) *answer {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(body) // Writing to a buffer has no errors.
	_ = w.Close()
	sum := sha256.Sum256(body)
	return &answer{contentType, body, packed.Bytes(), `W/"` + hex.EncodeToString(sum[:12]) + `"`}
}

// get returns the answer to a question about what has a version. It calls build if there is none yet, and always if the version is "".
func (c *ready) get(version, question string, build func() (*answer, error)) (*answer, error) {
	if version == "" {
		c.making.Lock()
		defer c.making.Unlock()
		return build()
	}
	if a := c.find(version, question); a != nil {
		return a, nil
	}
	c.making.Lock()
	defer c.making.Unlock()
	if a := c.find(version, question); a != nil { // Made while this waited.
		return a, nil
	}
	a, err := build()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	size := len(a.plain) + len(a.gzip) + 2*len(question)
	if c.size += size; c.version != version || c.size > maxReady {
		c.version, c.answers, c.size = version, map[string]*answer{}, size
	}
	c.answers[question] = a
	return a, nil
}

func (c *ready) find(version, question string) *answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.version != version {
		return nil
	}
	return c.answers[question]
}

// send sends an answer, or that it has not changed, to a GET or a HEAD.
func (a *answer) send(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-cache") // Ask each time whether it has changed.
	header.Set("Vary", "Accept-Encoding")
	header.Set("Etag", a.etag)
	if a.matches(r.Header.Get("If-None-Match")) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.plain
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		body = a.gzip
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("Content-Type", a.contentType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) //nolint:gosec // Pages are escaped where they are made, and JSON is sent as JSON. An error means that the reader has gone.
	}
}

// matches reports whether a list of entity tags has that of the answer. Tags are compared weakly, as RFC 9110 has it.
func (a *answer) matches(list string) bool {
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || tag == a.etag || "W/"+tag == a.etag {
			return true
		}
	}
	return false
}

// takesGzip reports whether a list of encodings allows gzip.
func takesGzip(list string) bool {
	for encoding := range strings.SplitSeq(list, ",") {
		name, weight, _ := strings.Cut(encoding, ";")
		if name = strings.TrimSpace(name); !strings.EqualFold(name, "gzip") && name != "*" {
			continue
		}
		_, q, found := strings.Cut(strings.ReplaceAll(weight, " ", ""), "q=")
		value, err := strconv.ParseFloat(q, 64)
		return !found || err == nil && value > 0
	}
	return false
}
