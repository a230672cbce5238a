// Package fingerprint identifies values by what is in their exported fields.
package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// Printer writes values so that different ones are never written alike.
type Printer struct {
	skip   map[string]string
	known  func(p *Printer, pointer any) bool
	fields map[reflect.Type][]int // Those that count.
	text   []byte
}

// New returns a printer. It leaves out the fields in skip, named Type.Field; known writes what some pointers point to itself, and
// returns false for any other.
func New(skip map[string]string, known func(p *Printer, pointer any) bool) *Printer {
	return &Printer{skip: skip, known: known, fields: map[reflect.Type][]int{}}
}

// Sum returns the fingerprint of the struct that a pointer points to, text of hexadecimal digits; with another version it is
// another.
func (p *Printer) Sum(version string, pointer any) string {
	start := len(p.text) // What has this one inside may be half written.
	p.text = append(p.text, version...)
	p.structure(reflect.ValueOf(pointer).Elem())
	sum := sha256.Sum256(p.text[start:])
	p.text = p.text[:start]
	return hex.EncodeToString(sum[:])
}

// Text writes a text, and where it ends.
func (p *Printer) Text(s string) {
	p.text = append(strconv.AppendInt(p.text, int64(len(s)), 10), ':')
	p.text = append(p.text, s...)
}

func (p *Printer) int(n int64) { p.text = append(strconv.AppendInt(p.text, n, 10), ',') }

// Fields writes the exported fields that count of the struct that a pointer points to.
func (p *Printer) Fields(pointer any) { p.structure(reflect.ValueOf(pointer).Elem()) }

// structure writes the fields of a struct that count, with their names.
func (p *Printer) structure(v reflect.Value) {
	fields, known := p.fields[v.Type()]
	if !known {
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && p.skip[v.Type().Name()+"."+field.Name] == "" {
				fields = append(fields, i)
			}
		}
		p.fields[v.Type()] = fields
	}
	for _, i := range fields {
		p.Text(v.Type().Field(i).Name)
		p.Value(v.Field(i))
	}
}

// Value writes any value; a struct must be addressable.
func (p *Printer) Value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		p.pointer(v)
	case reflect.Interface:
		if v.IsNil() { // As a pointer.
			p.text = strconv.AppendBool(p.text, true)
		} else {
			p.Value(v.Elem())
		}
	case reflect.Struct:
		if !p.known(p, v.Addr().Interface()) {
			p.structure(v)
		}
	case reflect.Slice:
		p.text = strconv.AppendBool(p.text, v.IsNil())
		p.int(int64(v.Len()))
		for i := range v.Len() {
			p.Value(v.Index(i))
		}
	case reflect.Map:
		p.words(v.Interface().(map[string]string))
	case reflect.String:
		p.Text(v.String())
	case reflect.Bool:
		p.text = strconv.AppendBool(p.text, v.Bool())
	case reflect.Float64:
		p.text = append(strconv.AppendFloat(p.text, v.Float(), 'g', -1, 64), ',')
	default:
		p.int(v.Int())
	}
}

func (p *Printer) pointer(v reflect.Value) {
	p.text = strconv.AppendBool(p.text, v.IsNil())
	if !v.IsNil() && !p.known(p, v.Interface()) {
		p.Value(v.Elem())
	}
}

func (p *Printer) words(m map[string]string) {
	p.int(int64(len(m)))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		p.Text(key)
		p.Text(m[key])
	}
}
