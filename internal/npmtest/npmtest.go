// Package npmtest installs npm packages for tests, in the versions that a lockfile says, once per machine.
package npmtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// Install returns a folder in which the packages of a lockfile are installed: those of package.json and package-lock.json in files.
// What was installed once stays in the cache of the user. Other tests may do the same at the same time.
func Install(name string, files fs.FS) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	lock, err := fs.ReadFile(files, "package-lock.json")
	if err != nil {
		return "", err
	}
	packages := sha256.Sum256(lock)
	root := filepath.Join(cache, "kpi_exporter-tests", name+"-"+hex.EncodeToString(packages[:8]))
	return root, Once(root, func(dir string) error {
		for _, name := range []string{"package.json", "package-lock.json"} {
			content, err := fs.ReadFile(files, name)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				return err
			}
		}
		cmd := exec.Command("npm", "ci", "--prefer-offline", "--fetch-retries=5", "--ignore-scripts", "--no-audit", "--no-fund") //nolint:noctx // Another test may need what it installs.
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("npm ci: %w\n%s", err, out)
		}
		return nil
	})
}

// Once fills a folder and gives it its name when it is whole, unless it is there already.
func Once(dir string, fill func(dir string) error) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return err
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(dir), "unfinished-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(unfinished) }()
	if err := fill(unfinished); err != nil {
		return err
	}
	err = os.Rename(unfinished, dir)
	if _, missing := os.Stat(dir); missing == nil {
		return nil // Another test was first.
	}
	return err
}
