package config

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"reflect"
	"slices"
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

// setFingerprint sets the fingerprint of a KPI, and of the inputs of its formula first.
func (k *KPI) setFingerprint() {
	if k.fingerprint != "" {
		return
	}
	f := fingerprinter{sha256.New(), notFingerprinted()}
	f.text(fingerprintVersion)
	f.fields(reflect.ValueOf(*k))
	k.fingerprint = hex.EncodeToString(f.hash.Sum(nil))
}

// fingerprinter writes values so that different ones are never written alike.
type fingerprinter struct {
	hash hash.Hash
	skip map[string]string
}

func (f *fingerprinter) text(s string) {
	_, _ = fmt.Fprintf(f.hash, "%d:%s,", len(s), s) // A hash never fails to write.
}

// fields writes the exported fields of a struct with their names.
func (f *fingerprinter) fields(v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || f.skip[v.Type().Name()+"."+field.Name] != "" {
			continue
		}
		f.text(field.Name)
		f.value(v.Field(i))
	}
}

func (f *fingerprinter) value(v reflect.Value) {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		f.text("nil")
		return
	}
	switch x := v.Interface().(type) {
	case time.Time:
		f.text(x.UTC().Format(time.RFC3339Nano))
	case *time.Location:
		f.text(x.String())
	case period.Cron:
		f.text(x.String())
	case *sqltext.Statement:
		f.text(x.SQL())
	case *Database:
		f.database(x)
	case *KPI:
		x.setFingerprint()
		f.text(x.fingerprint)
	default:
		f.composed(v)
	}
}

func (f *fingerprinter) composed(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		f.text("set")
		f.value(v.Elem())
	case reflect.Struct:
		f.fields(v)
	case reflect.Slice:
		f.text(fmt.Sprint(v.IsNil(), v.Len()))
		for i := range v.Len() {
			f.value(v.Index(i))
		}
	case reflect.Map:
		f.text(fmt.Sprint(v.Len()))
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
		for _, key := range keys {
			f.value(key)
			f.value(v.MapIndex(key))
		}
	default: // A number, a text or true and false.
		f.text(fmt.Sprint(v.Interface()))
	}
}

// database writes where the data is and how it is read. How many connections that takes, and with which password, does not
// change what is read.
func (f *fingerprinter) database(d *Database) {
	f.text(d.Name)
	f.text(d.SessionTimezone)
	f.value(reflect.ValueOf(d.DataUntil))
	f.text(d.dataFrom)
	f.text(d.urlFile)
	f.text(d.location().Public())
}
