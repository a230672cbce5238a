package web

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/klauspost/compress/flate"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/proto"
)

// encoding is one way to write the page. It is comparable.
type encoding struct {
	format expfmt.Format
	gzip   bool
}

// gzipHeader begins a gzip member without a word about file or system.
const gzipHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// gzipTrailer ends a gzip member over a text.
func gzipTrailer(sum, size uint32) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, sum), size)
}

// deflate compresses a text so that what follows can be appended, unless final ends it. It compresses fast: a page is the same
// words again and again.
func deflate(text pieces, final bool) (packed pieces) {
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		panic(err) // The level is a constant.
	}
	for _, piece := range text {
		_, _ = w.Write(piece) // Writing to pieces has no errors.
	}
	if final {
		_ = w.Close()
	} else {
		_ = w.Flush() // In a whole byte.
	}
	return packed
}

// encodeFamilies writes families as the end of a page. A family that cannot be encoded is left out and is in the error.
func encodeFamilies(families []*dto.MetricFamily, format expfmt.Format) ([]byte, error) {
	var (
		text bytes.Buffer
		errs []error
	)
	encoder := expfmt.NewEncoder(&text, format)
	for _, family := range families {
		good := text.Len()
		if err := encoder.Encode(family); err != nil {
			text.Truncate(good)
			errs = append(errs, err)
		}
	}
	if closer, ok := encoder.(expfmt.Closer); ok {
		errs = append(errs, closer.Close()) // Writes the "# EOF" of OpenMetrics.
	}
	return text.Bytes(), errors.Join(errs...)
}

// lineEncoder writes metrics one by one, as expfmt writes them in their family.
type lineEncoder struct {
	format   expfmt.FormatType
	buffer   bytes.Buffer
	encoder  expfmt.Encoder
	families map[string]*family
}

// family is a family in one format.
type family struct {
	name   string
	help   *string
	one    dto.MetricFamily // With one metric, and without help.
	prefix []byte           // What comes before a metric then; nil until it is known.
	header []byte           // What comes before the metrics of the whole family.
}

// newLineEncoder returns an encoder for names that no format has to escape: then what it writes is the same however a client
// wants names escaped.
func newLineEncoder(format expfmt.Format) *lineEncoder {
	e := &lineEncoder{format: format.FormatType(), families: map[string]*family{}}
	e.encoder = expfmt.NewEncoder(&e.buffer, format.WithEscapingScheme(model.NoEscaping))
	return e
}

// family returns the family of a metric.
func (e *lineEncoder) family(of *dto.MetricFamily) *family {
	f, ok := e.families[of.GetName()]
	if !ok {
		f = &family{name: of.GetName(), help: of.Help, one: dto.MetricFamily{Name: of.Name, Type: of.Type}}
		e.families[f.name] = f
	}
	return f
}

var errOtherHeader = errors.New("the family is not written as it was before")

// line returns a metric without the header of its family, until the next call.
func (e *lineEncoder) line(f *family, metric *dto.Metric) ([]byte, error) {
	if f.header == nil {
		if err := e.learn(f, metric); err != nil {
			return nil, err
		}
	}
	text, err := e.encode(&f.one, metric)
	if err != nil {
		return nil, err
	}
	line, ok := bytes.CutPrefix(text, f.prefix)
	if !ok {
		return nil, errOtherHeader
	}
	return line, nil
}

// encode returns a family with one metric, until the next call.
func (e *lineEncoder) encode(f *dto.MetricFamily, metric *dto.Metric) ([]byte, error) {
	f.Metric = append(f.Metric[:0], metric)
	e.buffer.Reset()
	err := e.encoder.Encode(f)
	text := e.buffer.Bytes()
	if e.format == expfmt.TypeProtoDelim && err == nil { // Its length comes first.
		_, n := binary.Uvarint(text)
		text = text[n:]
	}
	return text, err
}

// learn finds out what comes before the metrics of a family, from one of them.
func (e *lineEncoder) learn(f *family, metric *dto.Metric) error {
	text, err := e.encode(&f.one, metric)
	if err != nil {
		return err
	}
	line := lineOf(e.format, &f.one, text)
	f.prefix = bytes.Clone(text[:len(text)-len(line)])
	line = bytes.Clone(line)
	whole := dto.MetricFamily{Name: f.one.Name, Help: f.help, Type: f.one.Type}
	if text, err = e.encode(&whole, metric); err != nil {
		return err
	}
	header, ok := bytes.CutSuffix(text, line)
	if !ok {
		return errOtherHeader
	}
	f.header = bytes.Clone(header)
	return nil
}

// lineOf returns the metric in what is written of its family.
func lineOf(format expfmt.FormatType, f *dto.MetricFamily, text []byte) []byte {
	if format == expfmt.TypeProtoDelim {
		return text[proto.Size(&dto.MetricFamily{Name: f.Name, Help: f.Help, Type: f.Type}):]
	}
	for len(text) > 0 && text[0] == '#' {
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	return text
}

// appendHeader appends the header of a family whose metrics take so many bytes.
func (e *lineEncoder) appendHeader(to []byte, f *family, size int) []byte {
	if e.format == expfmt.TypeProtoDelim {
		to = binary.AppendUvarint(to, uint64(len(f.header)+size)) //nolint:gosec // Lengths are not negative.
	}
	return append(to, f.header...)
}

// checksum continues the sum and the length that a gzip member ends in.
func checksum(sum, size uint32, text []byte) (newSum, newSize uint32) {
	return crc32.Update(sum, crc32.IEEETable, text), size + uint32(len(text)) //nolint:gosec // gzip has the length modulo 2^32.
}
