package web

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"maps"
	"net/http"
	"slices"
	"strconv"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// encoding is one way to write the page. It is comparable.
type encoding struct {
	format expfmt.Format
	gzip   bool
}

// body is the page of one refresh in one encoding, never changed once made.
type body struct {
	header  http.Header
	bytes   []byte
	version uint64 // The version of the KPI families in it.
	kpis    chunk  // The beginning of bytes, which the next body takes over while the version is the same.
}

// chunk is some families in one encoding. Chunks can be joined: in every format a page is its families in a row, and
// deflate blocks can follow each other.
type chunk struct {
	bytes []byte
	sum   uint32 // CRC-32 of all text up to the end of the chunk.
	size  uint32 // Length of that text in bytes, modulo 2^32.
}

// gzipHeader begins a gzip member without a word about file or system.
const gzipHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// encode returns the body of v with the families of g. The chunk of the KPIs, which is large, is encoded only if last, the body
// before, has another version.
func (p *Page) encode(v *variant, g *gathered, last *body) *body {
	b := &body{version: g.version}
	if last != nil && last.version == g.version {
		b.kpis = last.kpis
	} else {
		var err error
		b.kpis, err = v.encodeChunk(g.kpis, chunk{}, false)
		p.report("encoding KPI metrics as "+string(v.format), err)
	}
	own, err := v.encodeChunk(g.own, b.kpis, true)
	p.report("encoding the exporter's own metrics as "+string(v.format), err)

	if v.gzip {
		// One member over both chunks, not one each: some clients read only the first.
		b.bytes = slices.Concat([]byte(gzipHeader), b.kpis.bytes, own.bytes, make([]byte, 8))
		trailer := b.bytes[len(b.bytes)-8:]
		binary.LittleEndian.PutUint32(trailer[:4], own.sum)
		binary.LittleEndian.PutUint32(trailer[4:], own.size)
		b.kpis.bytes = b.bytes[len(gzipHeader):][:len(b.kpis.bytes)]
	} else {
		b.bytes = slices.Concat(b.kpis.bytes, own.bytes)
		b.kpis.bytes = b.bytes[:len(b.kpis.bytes)]
	}
	b.header = maps.Clone(v.header)
	b.header.Set("Content-Length", strconv.Itoa(len(b.bytes)))
	return b
}

// encodeChunk encodes families to follow the chunk before; final ends the page. A family that cannot be encoded is left out and
// is in the error.
func (e encoding) encodeChunk(families []*dto.MetricFamily, before chunk, final bool) (chunk, error) {
	var (
		text bytes.Buffer
		errs []error
	)
	encoder := expfmt.NewEncoder(&text, e.format)
	for _, family := range families {
		good := text.Len()
		if err := encoder.Encode(family); err != nil {
			text.Truncate(good)
			errs = append(errs, err)
		}
	}
	if closer, ok := encoder.(expfmt.Closer); ok && final {
		errs = append(errs, closer.Close()) // Writes the "# EOF" of OpenMetrics.
	}
	err := errors.Join(errs...)
	if !e.gzip {
		return chunk{bytes: text.Bytes()}, err
	}

	var packed bytes.Buffer
	deflate, levelErr := flate.NewWriter(&packed, flate.DefaultCompression)
	if levelErr != nil {
		panic(levelErr) // The level is a constant.
	}
	// Writing to a buffer has no errors. Flush ends in a whole byte, so that blocks can follow.
	_, _ = deflate.Write(text.Bytes())
	if final {
		_ = deflate.Close()
	} else {
		_ = deflate.Flush()
	}
	return chunk{
		bytes: packed.Bytes(),
		sum:   crc32.Update(before.sum, crc32.IEEETable, text.Bytes()),
		size:  before.size + uint32(text.Len()), //nolint:gosec // gzip has the length modulo 2^32.
	}, err
}
