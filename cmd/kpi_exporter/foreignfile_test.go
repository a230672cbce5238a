package main

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	promconfig "github.com/prometheus/common/config"
	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/webconfig"
)

// TestForeignFiles puts a secret in the place of every value that the files of --web.config.file, --http.config.file and http_config_file may
// have, written in every way: nothing that is said about the file shows a part of it.
func TestForeignFiles(t *testing.T) {
	pasted := []string{
		"canary-secret", "/canary+base64==", `"P@ss: canary#1"`, `"-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----"`, "http://kpi:ca/canary@proxy",
		"http://kpi:%zzcanary@proxy", "*canary", "[canary-secret]", "!!int canary", `"canary`, "|\n  canary\n  canary",
	}
	readers := map[string]struct {
		form any
		read func(path string) error
	}{
		"web": {toolkit.Config{}, func(path string) error {
			_, err := webconfig.Open(path)
			return err
		}},
		"http": {promconfig.HTTPClientConfig{}, func(path string) error {
			_, err := httpClient(t.Context(), path, time.Minute)
			return err
		}},
		"database": {promconfig.HTTPClientConfig{}, func(path string) error {
			_, err := engine.Location{URL: "prometheus+https://prom", HTTPConfigFile: path}.Resolve()
			return err
		}},
	}
	for name, r := range readers {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "form.yml")
			keys, said := keysOf(reflect.TypeOf(r.form), nil), 0
			for _, key := range keys {
				for _, secret := range pasted {
					text := block(key, secret)
					if pair := map[string]string{"cert_file": "key_file", "key_file": "cert_file"}[key[len(key)-1]]; pair != "" && len(key) > 1 {
						text += strings.Repeat("  ", len(key)-1) + pair + ": form.yml\n"
					}
					if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
					if err := r.read(path); err != nil {
						said++
						if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "BEGIN") {
							t.Errorf("%s\nis said to be: %v", text, err)
						}
					}
				}
			}
			if len(keys) < 10 || said < len(keys) {
				t.Errorf("%d keys, %d errors", len(keys), said)
			}
		})
	}
}

// block returns a value below its keys, a line each.
func block(keys []string, value string) string {
	var b strings.Builder
	for i, key := range keys {
		b.WriteString(strings.Repeat("  ", i) + key + ":")
		if i < len(keys)-1 {
			b.WriteString("\n")
		}
	}
	return b.String() + " " + strings.ReplaceAll(value, "\n", "\n"+strings.Repeat("  ", len(keys))) + "\n"
}

// keysOf returns every key that leads to a value of a form, with those above it.
func keysOf(form reflect.Type, above []string) [][]string {
	var all [][]string
	for form.Kind() == reflect.Pointer {
		form = form.Elem()
	}
	for field := range form.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		key := slices.Concat(above, []string{name})
		kind := field.Type
		for kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		switch {
		case strings.Contains(options, "inline") && kind.Kind() == reflect.Map:
			all = append(all, slices.Concat(above, []string{"X", "files"}), slices.Concat(above, []string{"X", "values"}))
		case strings.Contains(options, "inline"):
			all = append(all, keysOf(kind, above)...)
		case name == "" || name == "-":
		case kind.Kind() == reflect.Struct && len(above) < 3 && kind.Name() != "URL":
			all = append(all, append(keysOf(kind, key), key)...)
		case kind.Kind() == reflect.Map:
			all = append(all, slices.Concat(key, []string{"X"}), key)
		default:
			all = append(all, key)
		}
	}
	return all
}
