package config

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// fingerprintVersion changes with what goes into a fingerprint, so that no saved one is mistaken for one of another kind.
const fingerprintVersion = "1"

// Fingerprint identifies what the KPI computes and when: two definitions have the same one if they give the same values for
// the same data, in whatever file and process they are. It covers everything that is inherited, the inputs of a formula and
// the databases, but nothing that is only shown, and no secret. It is text of hexadecimal digits; "" for a KPI that Load did
// not make. A copy of a KPI keeps the fingerprint of the original.
func (k *KPI) Fingerprint() string { return k.fingerprint }

// notFingerprinted returns the fields that do not change what is computed, each with the reason. Every other exported field
// counts.
func notFingerprinted() map[string]string {
	const shown = "is only shown"
	return map[string]string{
		"KPI.Title":       shown,
		"KPI.Description": shown,
		"KPI.Category":    shown,
		"KPI.Objective":   shown,
		"KPI.Owner":       shown,
		"KPI.Stages":      shown,
		"KPI.Level":       shown,
		"KPI.Runbook":     shown,
		"KPI.ReviewDue":   shown,
		"KPI.Better":      "is only shown: values are judged by the target",
		"KPI.Alert":       "is for the generated rules",
		"KPI.Position":    "is where the KPI stands",
		"Query.Columns":   "also holds what other KPIs read",
		"Query.Position":  "is where the SQL stands",
		"Bound.Note":      shown,
		"Formula.Text":    "is how the terms are written",
	}
}

// fingerprinter writes values so that different ones are never written alike.
type fingerprinter struct {
	skip   map[string]string
	fields map[reflect.Type][]int // Those that count.
	text   []byte
}

func newFingerprinter() *fingerprinter {
	return &fingerprinter{skip: notFingerprinted(), fields: map[reflect.Type][]int{}}
}

// set sets the fingerprint of a KPI, and of the inputs of its formula first.
func (f *fingerprinter) set(k *KPI) {
	if k.fingerprint != "" {
		return
	}
	start := len(f.text) // A KPI with this input may be half written.
	f.text = append(f.text, fingerprintVersion...)
	f.structure(reflect.ValueOf(k).Elem())
	sum := sha256.Sum256(f.text[start:])
	k.fingerprint, f.text = hex.EncodeToString(sum[:]), f.text[:start]
}

// string writes a text, and where it ends.
func (f *fingerprinter) string(s string) {
	f.text = append(strconv.AppendInt(f.text, int64(len(s)), 10), ':')
	f.text = append(f.text, s...)
}

func (f *fingerprinter) int(n int64) { f.text = append(strconv.AppendInt(f.text, n, 10), ',') }

// structure writes the fields of a struct that count, with their names.
func (f *fingerprinter) structure(v reflect.Value) {
	fields, known := f.fields[v.Type()]
	if !known {
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && f.skip[v.Type().Name()+"."+field.Name] == "" {
				fields = append(fields, i)
			}
		}
		f.fields[v.Type()] = fields
	}
	for _, i := range fields {
		f.string(v.Type().Field(i).Name)
		f.value(v.Field(i))
	}
}

func (f *fingerprinter) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		f.pointer(v)
	case reflect.Struct:
		switch x := v.Addr().Interface().(type) {
		case *time.Time:
			f.string(x.UTC().Format(time.RFC3339Nano))
		case *period.Cron:
			f.string(x.String())
		default:
			f.structure(v)
		}
	case reflect.Slice:
		f.text = strconv.AppendBool(f.text, v.IsNil())
		f.int(int64(v.Len()))
		for i := range v.Len() {
			f.value(v.Index(i))
		}
	case reflect.Map:
		f.words(v.Interface().(map[string]string))
	case reflect.String:
		f.string(v.String())
	case reflect.Bool:
		f.text = strconv.AppendBool(f.text, v.Bool())
	case reflect.Float64:
		f.text = append(strconv.AppendFloat(f.text, v.Float(), 'g', -1, 64), ',')
	default:
		f.int(v.Int())
	}
}

func (f *fingerprinter) pointer(v reflect.Value) {
	f.text = strconv.AppendBool(f.text, v.IsNil())
	if v.IsNil() {
		return
	}
	switch x := v.Interface().(type) {
	case *time.Location:
		f.string(x.String())
	case *sqltext.Statement:
		f.string(x.SQL())
	case *Database:
		f.database(x)
	case *KPI:
		f.set(x)
		f.string(x.fingerprint)
	default:
		f.value(v.Elem())
	}
}

func (f *fingerprinter) words(m map[string]string) {
	f.int(int64(len(m)))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		f.string(key)
		f.string(m[key])
	}
}

// database writes where the data is and how it is read. How many connections that takes, and with which password, does not
// change what is read.
func (f *fingerprinter) database(d *Database) {
	f.string(d.Name)
	f.string(d.SessionTimezone)
	f.pointer(reflect.ValueOf(d.DataUntil))
	f.string(d.dataFrom)
	f.string(d.urlFile)
	f.string(d.location().Public())
}
