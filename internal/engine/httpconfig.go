package engine

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"

	promconfig "github.com/prometheus/common/config"

	"github.com/kpi-exporter/kpi_exporter/internal/foreignfile"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// readHTTPConfig reads the file of http_config_file, "" for none, and returns its text too. The error holds no part of it.
func readHTTPConfig(path string) (*promconfig.HTTPClientConfig, string, error) {
	defaults := promconfig.DefaultHTTPClientConfig
	if path == "" {
		return &defaults, "", nil
	}
	text, err := secret.ReadFile("http_config_file", path)
	if err != nil {
		return nil, "", err
	}
	config, err := promconfig.LoadHTTPConfig(text)
	if err != nil {
		file := foreignfile.Parse(path, text)
		return nil, "", fmt.Errorf("http_config_file: %w", cmp.Or(file.CheckURLs(), file.Explain(err, reflect.TypeFor[promconfig.HTTPClientConfig]())))
	}
	config.SetDirectory(filepath.Dir(path))
	return config, text, nil
}

// HTTPSecrets returns the secrets of a client's configuration: those that it holds itself, and what is in the files that it names, as far as
// they can be read now. The client reads those for each request; package credentials sees what it sends.
func HTTPSecrets(config *promconfig.HTTPClientConfig) []string {
	secrets := secretsOf(config)
	for _, path := range secretFilesOf(config) {
		secrets = append(secrets, textOf(path))
	}
	if a := config.BasicAuth; a != nil {
		secrets = append(secrets, secret.Login(cmp.Or(a.Username, textOf(a.UsernameFile)), cmp.Or(string(a.Password), textOf(a.PasswordFile)))...)
	}
	if a := config.OAuth2; a != nil {
		id, text := a.ClientID, cmp.Or(string(a.ClientSecret), textOf(a.ClientSecretFile))
		secrets = append(secrets, secret.Login(id, text)...)
		secrets = append(secrets, secret.Login(url.QueryEscape(id), url.QueryEscape(text))...) // As OAuth2 sends both.
	}
	return secrets
}

// textOf returns what a file holds as the client sends it, "" if it cannot be read again and again.
func textOf(path string) string {
	if path == "" || !(secret.Source{File: path}).IsReadable() {
		return ""
	}
	text, _ := secret.ReadFile("", path) // The client says what is wrong.
	return strings.TrimSpace(text)
}

// secretsOf returns the secrets that a client's configuration holds itself.
func secretsOf(config *promconfig.HTTPClientConfig) []string {
	secrets := append(proxySecretsOf(&config.ProxyConfig), string(config.BearerToken), string(config.TLSConfig.Key))
	if a := config.BasicAuth; a != nil {
		secrets = append(secrets, string(a.Password))
	}
	if a := config.Authorization; a != nil {
		secrets = append(secrets, string(a.Credentials))
	}
	if a := config.OAuth2; a != nil {
		secrets = append(secrets, string(a.ClientSecret), string(a.ClientCertificateKey), string(a.TLSConfig.Key))
		secrets = append(secrets, proxySecretsOf(&a.ProxyConfig)...)
	}
	if headers := config.HTTPHeaders; headers != nil {
		for _, header := range headers.Headers {
			for _, value := range header.Secrets {
				secrets = append(secrets, string(value))
			}
		}
	}
	return secrets
}

// proxySecretsOf returns those for a proxy.
func proxySecretsOf(config *promconfig.ProxyConfig) []string {
	var secrets []string
	if u := config.ProxyURL.URL; u != nil {
		password, _ := u.User.Password()
		secrets = secret.Login(u.User.Username(), password)
	}
	for _, values := range config.ProxyConnectHeader {
		for _, value := range values {
			secrets = append(secrets, string(value))
			if _, credentials, ok := strings.Cut(string(value), " "); ok {
				secrets = append(secrets, credentials)
			}
		}
	}
	return secrets
}

// secretFilesOf returns the files that hold the secrets of a client's configuration, by key.
func secretFilesOf(config *promconfig.HTTPClientConfig) map[string]string {
	files := map[string]string{"bearer_token_file": config.BearerTokenFile, "key_file": config.TLSConfig.KeyFile}
	if a := config.BasicAuth; a != nil {
		files["password_file"] = a.PasswordFile
	}
	if a := config.Authorization; a != nil {
		files["credentials_file"] = a.CredentialsFile
	}
	if a := config.OAuth2; a != nil {
		files["client_secret_file"], files["client_certificate_key_file"], files["key_file of oauth2"] = a.ClientSecretFile, a.ClientCertificateKeyFile, a.TLSConfig.KeyFile
	}
	if headers := config.HTTPHeaders; headers != nil {
		for name, header := range headers.Headers {
			for i, file := range header.Files {
				files[fmt.Sprintf("file %d of header %s", i+1, name)] = file
			}
		}
	}
	return named(files)
}

// certificatesOf returns the files with certificates of a client's configuration, by key.
func certificatesOf(config *promconfig.HTTPClientConfig) map[string]string {
	files := map[string]string{"ca_file": config.TLSConfig.CAFile, "cert_file": config.TLSConfig.CertFile}
	if a := config.OAuth2; a != nil {
		files["ca_file of oauth2"], files["cert_file of oauth2"] = a.TLSConfig.CAFile, a.TLSConfig.CertFile
	}
	return named(files)
}

// named leaves out the keys that name no file.
func named(files map[string]string) map[string]string {
	maps.DeleteFunc(files, func(_, path string) bool { return path == "" })
	return files
}

func isLoopbackName(host string) bool {
	address, _ := netip.ParseAddr(host)
	return host == "localhost" || address.IsLoopback()
}
