package webconfig

import (
	"crypto/tls"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"

	promconfig "github.com/prometheus/common/config"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/time/rate"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/foreignfile"
)

// version is a file with which nothing is wrong. It never changes.
type version struct {
	users   map[string]string // Hashes of their passwords, by name.
	slowest string            // The hash of them that takes longest to compare, "" without users.
	headers map[string]string
	limit   toolkit.RateLimiterConfig
	limiter *rate.Limiter // Nil: any number of requests is let in.
	tls     *tls.Config   // Nil: none.
}

// texts are those of the file and of the files that it names.
type texts struct{ text, cert, key, clientCA string }

// draft is a file of which it is not known whether its values are right.
type draft struct {
	texts

	file   foreignfile.File
	config toolkit.Config // It names no files: their texts are in their place.
}

// read reads a file, in which there are only keys of the toolkit, and the files that it names.
func read(files document.Files, path string) (*draft, error) {
	text, err := files.Read(path, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d := &draft{texts: texts{text: text}, file: foreignfile.Parse(path, text), config: toolkit.Config{
		TLSConfig:  toolkit.TLSConfig{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13},
		HTTPConfig: toolkit.HTTPConfig{HTTP2: true},
	}}
	if err := yaml.UnmarshalStrict([]byte(text), &d.config); err != nil {
		return nil, d.explain(err)
	}
	if err := d.readNamed(files, filepath.Dir(path)); err != nil {
		return nil, err
	}
	return d, nil
}

// readNamed puts the texts of the files that the file names in their place.
func (d *draft) readNamed(files document.Files, folder string) error {
	c := &d.config.TLSConfig
	c.SetDirectory(folder)
	for _, named := range []struct {
		key  string
		path *string
		text *string
		use  func(text string)
	}{
		{"cert_file", &c.TLSCertPath, &d.cert, func(text string) { c.TLSCert = text }},
		{"key_file", &c.TLSKeyPath, &d.key, func(text string) { c.TLSKey = promconfig.Secret(text) }},
		{"client_ca_file", &c.ClientCAs, &d.clientCA, func(text string) { c.ClientCAsText = text }},
	} {
		if *named.path == "" {
			continue
		}
		text, err := files.Read(*named.path, true)
		place := d.file.Place("tls_server_config", named.key)
		if err != nil {
			return fmt.Errorf("%s: %s: cannot open the file: %w", place, named.key, err)
		}
		if strings.TrimSpace(text) == "" {
			return fmt.Errorf("%s: %s: the file is empty", place, named.key)
		}
		*named.path, *named.text = "", text
		named.use(text)
	}
	return nil
}

// explain says an error of a library about the file, by its place, and without a value.
func (d *draft) explain(err error) error {
	return d.file.Explain(err, reflect.TypeFor[toolkit.Config]())
}

// version returns what the file says, if nothing is wrong with it.
func (d *draft) version() (*version, error) {
	v := &version{
		users:   map[string]string{},
		headers: d.config.HTTPConfig.Header,
		limit:   d.config.RateLimiterConfig,
	}
	highest := 0
	for name, hash := range d.config.Users {
		cost, err := bcrypt.Cost([]byte(hash))
		if err != nil {
			return nil, d.explain(err)
		}
		if v.users[name] = string(hash); cost > highest {
			highest, v.slowest = cost, string(hash)
		}
	}
	for name, value := range v.headers {
		if mistake := checkHeader(name, value); mistake != "" {
			return nil, fmt.Errorf("%s: %s", d.file.Place("headers", name), mistake)
		}
	}
	if v.limit.Interval != 0 {
		v.limiter = rate.NewLimiter(rate.Every(v.limit.Interval), v.limit.Burst)
	}
	if !d.config.TLSConfig.IsEnabled() {
		return v, nil
	}
	c, err := toolkit.ConfigToTLSConfig(&d.config.TLSConfig)
	if err != nil {
		return nil, d.explain(err)
	}
	certificate, err := c.GetCertificate(nil) // It makes the same one for everybody, each time again.
	if err != nil {
		return nil, d.explain(err)
	}
	c.GetCertificate, c.Certificates = nil, []tls.Certificate{*certificate}
	c.NextProtos = []string{"http/1.1"}
	v.tls = c
	return v, nil
}

// checkHeader returns what is wrong with a header that the file adds to answers, "" if nothing is. The name may be a secret, too.
func checkHeader(name, value string) string {
	const known = "Strict-Transport-Security X-Content-Type-Options X-Frame-Options X-XSS-Protection Content-Security-Policy"
	switch {
	case !document.IsOneOf(name, known):
		return "there is no such header: write one of " + strings.ReplaceAll(known, " ", ", ")
	case name == "X-Content-Type-Options" && value != "nosniff":
		return name + " takes only nosniff"
	case name == "X-Frame-Options" && value != "deny" && value != "sameorigin":
		return name + " takes only deny or sameorigin"
	}
	return ""
}
