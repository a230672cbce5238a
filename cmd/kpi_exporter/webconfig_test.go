package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// webFolder is a folder with a KPI file, a file for --web.config.file, a certificate and its key.
type webFolder struct{ folder }

func newWebFolder(t *testing.T) webFolder {
	t.Helper()
	f := webFolder{folder{t, t.TempDir()}}
	f.write("kpi.yaml", answerFile)
	f.certify(1)
	return f
}

// certify writes a certificate with a serial number, and its key.
func (f webFolder) certify(serial int64) {
	f.t.Helper()
	f.remove("key.pem") // It may be a pipe.
	f.must(writeCertificate(f.path, serial))
}

// allow writes a file with TLS in which the user kpi has a password.
func (f webFolder) allow(name, password string, cost int) {
	f.t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	f.must(err)
	f.write(name, "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\nbasic_auth_users: {kpi: "+string(hash)+"}\n")
}

// code returns the status that a path has for the user kpi with a password.
func (s *server) code(path, password string) (int, error) {
	answer, err := s.askAs(path, password)
	return answer.code, err
}

// askAs asks for a path as the user kpi with a password.
func (s *server) askAs(path, password string) (answer, error) {
	login := "Authorization:Basic " + base64.StdEncoding.EncodeToString([]byte("kpi:"+password))
	return request(http.MethodGet, "https://"+s.addr+path, []string{login})
}

// awaitLoaded waits until the metric of the file of --web.config.file has a value.
func (s *server) awaitLoaded(password, want string) {
	s.t.Helper()
	until(s.t, series.WebConfigLoaded+" is "+want, func() bool {
		answer, err := s.askAs("/metrics", password)
		return err == nil && strings.Contains(string(answer.page), "\n"+series.WebConfigLoaded+" "+want+"\n")
	})
}

// expect checks the status of a path for a password.
func (s *server) expect(path, password string, want int) {
	s.t.Helper()
	if got, err := s.code(path, password); got != want {
		s.t.Errorf("%s with the password %s: %d, %v, want %d", path, password, got, err, want)
	}
}

// awaitCode waits until the metrics have a status for a password.
func (s *server) awaitCode(password string, want int) {
	s.t.Helper()
	until(s.t, fmt.Sprintf("the metrics have the status %d for %s", want, password), func() bool {
		got, err := s.code("/metrics", password)
		return err == nil && got == want
	})
}

// Whatever becomes of the file while the exporter serves, its last good version is used, one line of the log says so, and a good one takes
// its place.
func TestWebConfigWhileServing(t *testing.T) {
	t.Parallel()
	const users = "basic_auth_users: {kpi: $2a$04$Jd0Th3Nkwkva3hda8U6Pue4zeCJmJq0Ius37/hcYTKHwqjQ9E7Xtu}\n"
	for name, test := range map[string]struct {
		spoil func(webFolder)
		says  string
	}{
		"missing":                    {func(f webFolder) { f.rename("web.yml", "away.yml") }, "web.yml: no such file or directory"},
		"pipe":                       {func(f webFolder) { f.pipe("web.yml") }, "web.yml: not a regular file"},
		"not YAML":                   {func(f webFolder) { f.write("web.yml", "{") }, "web.yml: yaml: "},
		"unknown key":                {func(f webFolder) { f.write("web.yml", "basic_auth_user: {kpi: canary}") }, "there is no key basic_auth_user: did you mean `basic_auth_users`?"},
		"no hash":                    {func(f webFolder) { f.write("web.yml", "basic_auth_users: {kpi: canary}") }, "web.yml:1:25: the password of this user is not a bcrypt hash"},
		"empty":                      {func(f webFolder) { f.write("web.yml", "") }, "web.yml: it is empty"},
		"without TLS":                {func(f webFolder) { f.write("web.yml", users) }, "tls_server_config appears or vanishes, which takes a restart"},
		"key missing":                {func(f webFolder) { f.rename("key.pem", "away.pem") }, "web.yml:1:52: key_file: cannot open the file: no such file or directory"},
		"key pipe":                   {func(f webFolder) { f.pipe("key.pem") }, "web.yml:1:52: key_file: cannot open the file: not a regular file"},
		"key empty":                  {func(f webFolder) { f.write("key.pem", "\n") }, "key_file: the file is empty"},
		"certificate of another key": {func(f webFolder) { f.rename("other.pem", "cert.pem") }, "private key does not match public key"},
		"key in place of its path": {func(f webFolder) {
			f.write("web.yml", "tls_server_config: {cert_file: cert.pem, key_file: canary}")
		}, "key_file: cannot open the file: no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newWebFolder(t)
			f.rename("cert.pem", "other.pem")
			f.certify(2)
			f.allow("web.yml", "sesame", bcrypt.MinCost)
			s := startServer(t, filepath.Join(f.path, "kpi.yaml"), "--web.config.file", filepath.Join(f.path, "web.yml"))
			s.awaitCode("sesame", http.StatusOK)
			s.awaitLoaded("sesame", "1")
			test.spoil(f)
			s.awaitLog("Web configuration not reloaded; the previous one is still used")
			s.awaitLoaded("sesame", "0")
			for _, path := range []string{"/metrics", "/-/healthy"} {
				s.expect(path, "sesame", http.StatusOK)
				s.expect(path, "wrong", http.StatusUnauthorized)
			}
			f.certify(3)
			f.allow("next.yml", "abracadabra", bcrypt.MinCost)
			f.rename("next.yml", "web.yml")
			s.awaitCode("abracadabra", http.StatusOK)
			s.awaitLoaded("abracadabra", "1")
			s.expect("/metrics", "sesame", http.StatusUnauthorized)
			s.end()
			log := string(readBytes(t, s.log))
			if !strings.Contains(log, test.says) || strings.Count(log, "not reloaded") != 1 || strings.Contains(log, "canary") {
				t.Errorf("the log should say once %q:\n%s", test.says, log)
			}
		})
	}
}

// A certificate that was renewed is shown to whoever connects then. There is no HTTP/2, whatever the file and the client would like.
func TestCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	f := newWebFolder(t)
	f.write("web.yml", "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\nhttp_server_config: {http2: true}\n")
	s := startServer(t, filepath.Join(f.path, "kpi.yaml"), "--web.config.file", filepath.Join(f.path, "web.yml"))
	shows := func(serial int64) func() bool {
		return func() bool {
			client := http.Client{Timeout: patience, Transport: &http.Transport{
				DisableKeepAlives: true, ForceAttemptHTTP2: true,
				TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // The certificate is the test's own.
			}}
			res, err := client.Get("https://" + s.addr + "/-/healthy") //nolint:noctx // It has a timeout.
			if err != nil {
				return false
			}
			_ = res.Body.Close()
			if res.ProtoMajor != 1 {
				t.Errorf("it speaks %s", res.Proto)
			}
			return res.TLS.PeerCertificates[0].SerialNumber.Int64() == serial
		}
	}
	until(t, "it shows the first certificate", shows(1))
	f.certify(7)
	until(t, "it shows the next certificate", shows(7))
	s.end()
}

// Clients that try passwords keep nobody waiting who has the right one.
func TestManyWrongPasswords(t *testing.T) {
	t.Parallel()
	f := newWebFolder(t)
	f.allow("web.yml", "sesame", 13) // A comparison takes some 400 ms.
	s := startServer(t, filepath.Join(f.path, "kpi.yaml"), "--web.config.file", filepath.Join(f.path, "web.yml"))
	s.awaitCode("sesame", http.StatusOK)

	ctx, stop := context.WithCancel(t.Context())
	var answers atomic.Int64 // That wrong passwords got.
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} // The certificate is the test's own.
			defer client.CloseIdleConnections()
			for n := 0; ctx.Err() == nil; n++ {
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+s.addr+"/metrics", http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				req.SetBasicAuth("kpi", fmt.Sprintf("wrong %d %d", i, n))
				res, err := client.Do(req)
				if err != nil {
					continue
				}
				if res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusTooManyRequests {
					t.Errorf("a wrong password has the status %d", res.StatusCode)
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				answers.Add(1)
			}
		})
	}
	for n := 0; !t.Failed() && (n < 10 || answers.Load() < 1000); n++ {
		s.expect("/metrics", "sesame", http.StatusOK)
		s.expect("/-/healthy", "sesame", http.StatusOK)
	}
	stop()
	wg.Wait()
	s.end()
}

// pipe puts a pipe in the place of a file.
func (f webFolder) pipe(name string) {
	f.t.Helper()
	f.must(os.Remove(filepath.Join(f.path, name)))
	f.must(syscall.Mkfifo(filepath.Join(f.path, name), 0o600))
}
