package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

func (p *docsPage) shell(b docsBlock) string {
	ctx, cancel := context.WithTimeout(p.Context(), 2*time.Minute)
	defer cancel()
	complaint := p.run(p.bash(ctx, b.text), b.options["exit"])
	for line := range strings.Lines(b.text) {
		if strings.HasPrefix(line, "export ") {
			p.exports += line
		}
	}
	return complaint
}

// start runs a program until the end of the page, on an address of its own.
func (p *docsPage) start(b docsBlock) string {
	text, _, _ := strings.Cut(strings.TrimSpace(b.text), "  #")
	name := strings.TrimPrefix(strings.Fields(text)[0], "./")
	program, ok := docsPrograms[name]
	if !ok || strings.Contains(strings.ReplaceAll(text, "\\\n", ""), "\n") {
		return "want one command that starts kpi_exporter, prometheus or alertmanager"
	}
	address := p.addresses[program.port]
	ctx, cancel := context.WithCancel(context.Background())
	bash := p.bash(ctx, "exec "+text+" --web.listen-address="+address+" "+program.flags)
	var log bytes.Buffer
	bash.Stdout, bash.Stderr = &log, &log
	bash.Cancel = func() error { return bash.Process.Signal(syscall.SIGTERM) }
	bash.WaitDelay = patience
	if err := bash.Start(); err != nil {
		cancel()
		return err.Error()
	}
	p.Cleanup(func() {
		cancel()
		_ = bash.Wait() // It was told to end.
		if p.Failed() {
			p.Log(log.String())
		}
	})
	until(p.T, text+" is ready", func() bool { return p.isReady(name, address) })
	return ""
}

// isReady reports whether a program has something to show: the exporter, its first results.
func (p *docsPage) isReady(program, address string) bool {
	path := "/-/ready"
	if program == "kpi_exporter" {
		path = "/metrics"
	}
	request, err := http.NewRequestWithContext(p.Context(), http.MethodGet, "http://"+address+path, http.NoBody)
	if err != nil {
		p.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return strings.Contains(err.Error(), "malformed HTTP response") // It serves TLS.
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.Fatal(err)
	}
	switch response.StatusCode {
	case http.StatusOK:
		return path != "/metrics" || bytes.Contains(text, []byte("\nkpi_up{"))
	case http.StatusServiceUnavailable:
		return false
	}
	return true // It wants a password.
}

// interrupt presses Ctrl-C as soon as the command says that it waits for it.
func (p *docsPage) interrupt(b docsBlock) string {
	ctx, cancel := context.WithTimeout(p.Context(), patience)
	defer cancel()
	out := &interruptWriter{}
	bash := p.bash(ctx, "exec "+b.text)
	bash.Stdout, bash.Stderr = out, out
	out.interrupt = func() { _ = bash.Process.Signal(os.Interrupt) } // If it has ended, so much the better.
	err := bash.Run()
	if p.output = out.text.String(); err != nil {
		return fmt.Sprintf("%v:\n%s", err, p.output)
	}
	return ""
}

type interruptWriter struct {
	text      bytes.Buffer
	interrupt func()
}

func (w *interruptWriter) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("Ctrl-C")) {
		w.interrupt()
	}
	return w.text.Write(b)
}

// makeTargets looks up the targets of the Makefile: building and testing within a test would take minutes.
func (p *docsPage) makeTargets(b docsBlock) string {
	for line := range strings.Lines(b.text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 || words[0] != "make" {
			return "not a call of make: " + line
		}
		if complaint := p.run(exec.CommandContext(p.Context(), "make", append([]string{"-n", "-C", "../.."}, words[1:]...)...), "0"); complaint != "" {
			return complaint
		}
	}
	return ""
}
