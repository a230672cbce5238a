package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/robfig/cron/v3"
	"gopkg.in/yaml.v3"

	"github.com/kpi-exporter/kpi_exporter/internal/mailtest"
)

// cronLine returns when examples/cron runs, and what.
func cronLine(t *testing.T) (when, command string) {
	t.Helper()
	for line := range strings.Lines(string(readBytes(t, "../../examples/cron/kpi-report"))) {
		if fields := strings.SplitN(strings.TrimSpace(line), " ", 7); len(fields) == 7 && fields[0] != "#" {
			return strings.Join(fields[:5], " "), fields[6]
		}
	}
	t.Fatal("no line runs anything")
	return "", ""
}

// cronJob is what these tests read of a CronJob.
type cronJob struct {
	Spec struct {
		Schedule    string
		JobTemplate struct {
			Spec struct {
				BackoffLimit *int `yaml:"backoffLimit"`
				Template     struct {
					Spec struct {
						Containers []struct {
							Args    []string
							EnvFrom []struct {
								SecretRef struct{ Name string } `yaml:"secretRef"`
							} `yaml:"envFrom"`
						}
					}
				}
			}
		} `yaml:"jobTemplate"`
	}
}

// kubernetesJob reads examples/kubernetes/report-cronjob.yaml.
func kubernetesJob(t *testing.T) (job cronJob) {
	t.Helper()
	if err := yaml.Unmarshal(readBytes(t, "../../examples/kubernetes/report-cronjob.yaml"), &job); err != nil {
		t.Fatal(err)
	}
	return job
}

// The commands of the examples send the report, with secrets from the environment.
func TestSendExamples(t *testing.T) {
	t.Parallel()
	url, posted := channelServer(t)
	server := mailtest.New(t, mailtest.Options{NoTLS: true})
	file := writeSendFile(t, url, "")
	text := strings.NewReplacer("url_file: smtp-url", `url: "${SMTP_URL}"`, "token_file: token", `token: "${SLACK_TOKEN}"`, "#finance", "#board").Replace(string(readBytes(t, file)))
	writeText(t, file, text)
	program, err := exec.LookPath("kpi_exporter")
	if err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(filepath.Dir(file), "environment")
	writeText(t, settings, "SMTP_URL='smtp://"+server.Addr+"?tls=off'\nSLACK_TOKEN=xoxb-canary\n")
	here := strings.NewReplacer("/usr/local/bin/kpi_exporter", program, "/etc/kpi_exporter/environment", settings, "/etc/kpi_exporter/kpi.yaml", file, ">/dev/null", "")

	_, fromCron := cronLine(t)
	service := regexp.MustCompile(`(?m)^ExecStart=(.*)$`).FindSubmatch(readBytes(t, "../../examples/systemd/kpi-report.service"))
	if service == nil {
		t.Fatal("the unit starts nothing")
	}
	container := kubernetesJob(t).Spec.JobTemplate.Spec.Template.Spec.Containers[0]
	withSettings := "set -a && . /etc/kpi_exporter/environment && exec " // What systemd and Kubernetes do before they start it.
	for name, command := range map[string]string{
		"cron": fromCron, "systemd": withSettings + string(service[1]), "Kubernetes": withSettings + "/usr/local/bin/kpi_exporter " + strings.Join(container.Args, " "),
	} {
		mails, posts := len(server.Mails()), len(posted())
		out, err := exec.CommandContext(t.Context(), "sh", "-c", here.Replace(command)).CombinedOutput()
		if err != nil || len(server.Mails())-mails != 3 || len(posted())-posts != 2 {
			t.Errorf("%s: %v, %d mails, %d posts:\n%s", name, err, len(server.Mails())-mails, len(posted())-posts, out)
		}
	}
}

// All three examples run at the same time, and none of them tries twice: that would send the report again to those who have it.
func TestSendExamplesAgree(t *testing.T) {
	when, _ := cronLine(t)
	job := kubernetesJob(t)
	if _, err := cron.ParseStandard(when); err != nil || job.Spec.Schedule != when {
		t.Errorf("cron runs it at %q, Kubernetes at %q: %v", when, job.Spec.Schedule, err)
	}
	if limit := job.Spec.JobTemplate.Spec.BackoffLimit; limit == nil || *limit != 0 {
		t.Error("Kubernetes tries again")
	}
	if timer := string(readBytes(t, "../../examples/systemd/kpi-report.timer")); !strings.Contains(timer, "\nOnCalendar=Mon 07:00\n") {
		t.Error("systemd runs it at another time")
	}
	if strings.Contains(string(readBytes(t, "../../examples/systemd/kpi-report.service")), "\nRestart=") {
		t.Error("systemd tries again")
	}
}

// systemd takes the units, and has little to say about how they are shut in.
func TestSystemdUnits(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("kpi_exporter")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var units []string
	for _, name := range []string{"kpi-report.service", "kpi_exporter.service", "kpi-report.timer"} {
		text := strings.ReplaceAll(string(readBytes(t, "../../examples/systemd/"+name)), "/usr/local/bin/kpi_exporter", program)
		units = append(units, writeText(t, filepath.Join(dir, name), text))
	}
	for _, args := range [][]string{append([]string{"verify"}, units...), {"security", "--offline=true", "--threshold=20", units[0], units[1]}, {"calendar", "Mon 07:00"}} {
		out, err := exec.CommandContext(t.Context(), "systemd-analyze", args...).CombinedOutput()
		if err != nil || args[0] == "verify" && len(out) > 0 {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, out)
		}
	}
}
