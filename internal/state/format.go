package state

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A file is lines of text: the first says what it is and in which version, each further one is a record, and the last one has the
// SHA-256 of all before it.
const (
	magic   = "kpi_exporter state "
	version = "1"
	seal    = "sha256 "

	sealBytes = len(seal) + 2*sha256.Size + 1
)

// record is a line. It has one of its fields.
type record struct {
	Databases map[string]string `json:"databases,omitempty"`
	KPI       *KPI              `json:"kpi,omitempty"`
	Reading   *Reading          `json:"reading,omitempty"`
	Targets   *Targets          `json:"targets,omitempty"`
}

// Encode writes a state.
func Encode(w io.Writer, s *State) error {
	sum := sha256.New()
	b := bufio.NewWriterSize(w, 64<<10)
	out := io.MultiWriter(b, sum)
	if _, err := io.WriteString(out, magic+version+"\n"); err != nil {
		return err
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(record{Databases: s.Databases}); err != nil {
		return err
	}
	for i := range s.KPIs {
		if err := e.Encode(record{KPI: &s.KPIs[i]}); err != nil {
			return err
		}
	}
	for i := range s.Readings {
		if err := e.Encode(record{Reading: &s.Readings[i]}); err != nil {
			return err
		}
	}
	for i := range s.Targets {
		if err := e.Encode(record{Targets: &s.Targets[i]}); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(b, "%s%x\n", seal, sum.Sum(nil)); err != nil {
		return err
	}
	return b.Flush()
}

// Decode reads a state of a size, whole or not at all. Its errors hold nothing of what is in it.
func Decode(r io.ReaderAt, size int64) (*State, error) {
	if err := checkVersion(r, size); err != nil {
		return nil, err
	}
	records, err := checkSeal(r, size)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(records)
	s := &State{}
	for {
		var next record
		switch err := d.Decode(&next); {
		case errors.Is(err, io.EOF):
			return s, nil
		case err != nil:
			return nil, errors.New("it is broken: a record cannot be read")
		}
		s.add(next)
	}
}

func (s *State) add(r record) {
	switch {
	case r.KPI != nil:
		s.KPIs = append(s.KPIs, *r.KPI)
	case r.Reading != nil:
		s.Readings = append(s.Readings, *r.Reading)
	case r.Targets != nil:
		s.Targets = append(s.Targets, *r.Targets)
	case r.Databases != nil:
		s.Databases = r.Databases
	}
}

// checkVersion reads the first line.
func checkVersion(r io.ReaderAt, size int64) error {
	head := make([]byte, min(size, 64))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	line, _, whole := bytes.Cut(head, []byte("\n"))
	of, ours := strings.CutPrefix(string(line), magic)
	switch {
	case size == 0:
		return errors.New("it is empty")
	case !ours:
		return errors.New("it is not a state of kpi_exporter")
	case !whole || of != version:
		return errors.New("another version of kpi_exporter wrote it")
	}
	return nil
}

// checkSeal reads the last line, and returns what is between it and the first.
func checkSeal(r io.ReaderAt, size int64) (io.Reader, error) {
	end := size - int64(sealBytes)
	start := int64(len(magic + version + "\n"))
	if end < start {
		return nil, errors.New("it is broken: its end is missing")
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(r, 0, end)); err != nil {
		return nil, err
	}
	last := make([]byte, sealBytes)
	if _, err := r.ReadAt(last, end); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(last) != seal+hex.EncodeToString(sum.Sum(nil))+"\n" {
		return nil, errors.New("it is broken: its checksum does not fit")
	}
	return io.NewSectionReader(r, start, end-start), nil
}
