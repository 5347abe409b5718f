package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"authbench/internal/text/unit"
)

// rawData is the file that may be too large for a repository.
const rawData = "result.jsonl"

// rawLinks are how reports lead to it.
var rawLinks = []string{"[" + rawData + "](" + rawData + ")", `<a href="` + rawData + `">` + rawData + "</a>"}

// keep copies what is published of a result directory. Where the raw data are left out, the
// reports say so instead of leading to them.
func (p publisher) keep(from, to string) error {
	info, err := os.Stat(filepath.Join(from, rawData))
	if err != nil {
		return err
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	if info.Size() <= p.most {
		return nil
	}
	if err := os.Remove(filepath.Join(to, rawData)); err != nil {
		return err
	}
	for _, name := range []string{"report.md", "report.html"} {
		if err := removeLinks(filepath.Join(to, name), fmt.Sprintf("%s (%s, not published)", rawData, unit.Bytes(float64(info.Size())))); err != nil {
			return err
		}
	}
	return nil
}

// removeLinks replaces a report's links to the raw data by a text.
func removeLinks(path, text string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before := content
	for _, link := range rawLinks {
		content = bytes.ReplaceAll(content, []byte(link), []byte(text))
	}
	if bytes.Equal(before, content) {
		return fmt.Errorf("%s has no link to %s: it leads there in another way", path, rawData)
	}
	return os.WriteFile(path, content, 0o644)
}
