package report

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/show/figure"
	"authbench/internal/text/usertext"
)

const hostile = "<script>alert(1)</script>\x1b[2J|`x`\u202e\r\n::error::pwned ##[error]x\xff\"' --> {{.}}"

func hostileAnalysis() *analysis.Analysis {
	a := sample()
	s := &a.Summary
	s.Question, s.Reason, s.Status, s.Engine = hostile, hostile, bench.Failed, hostile
	s.Host.CPUModel, s.Host.Kernel, s.Host.Virtualization = hostile, hostile, hostile
	s.Build.Version, s.Started = hostile, hostile
	s.Command = []string{"authbench", hostile}
	s.Arms[3].Name = hostile + "</script>"
	a.Distributions[6].Arm, a.Distributions[7].Arm = s.Arms[3].Name, s.Arms[3].Name
	s.Arms[1].Status, s.Arms[1].Reason = analysis.ArmFailed, hostile
	s.Arms[2].Params = map[string]any{hostile: hostile}
	s.Arms[2].Loads[0].Metrics[hostile] = analysis.Estimate{Value: 1}
	s.Warnings = append(s.Warnings, bench.Warning{Code: hostile, Level: bench.Suspicious, Arm: "apikey", Text: hostile})
	return a
}

func TestHostileTextIsHarmless(t *testing.T) {
	a := hostileAnalysis()
	var md bytes.Buffer
	if err := Markdown(&md, a, figure.All(a)); err != nil {
		t.Fatal(err)
	}
	html := strings.Replace(rendered(t, a, figure.All(a)), `<script type="application/json" id="data">`, "", 1)
	for width := 80; width < 100; width++ { // wherever the words happen to break
		text := terminal(t, a, TerminalOptions{Width: width})
		for line := range strings.Lines(text) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
				t.Errorf("a line is a workflow command: %q", line)
			}
		}
		checkControls(t, "the terminal", text)
	}
	checkControls(t, "report.md", md.String())
	checkControls(t, "report.html", html)
	for _, bad := range []string{"<script", "|`x`", "\n::error"} {
		if strings.Contains(md.String(), bad) {
			t.Errorf("report.md holds %q", bad)
		}
		if bad != "|`x`" && strings.Contains(strings.ReplaceAll(bare(html), "<script>…</script>", ""), bad) {
			t.Errorf("report.html holds %q", bad)
		}
	}
	if !strings.Contains(html, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("report.html lost the text")
	}
}

func checkControls(t *testing.T, where, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s is not UTF-8", where)
	}
	for _, r := range text {
		if r != '\n' && r != '\t' && unicode.In(r, unicode.C) {
			t.Errorf("%s holds %U", where, r)
		}
	}
}

func TestCleanAndMarkdownProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		once := usertext.Clean(text)
		for _, r := range once {
			if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) {
				t.Fatalf("%q keeps %U", text, r)
			}
		}
		if usertext.Clean(once) != once || !utf8.ValidString(once) {
			t.Fatalf("%q is not clean: %q", text, once)
		}
		md := markdown(text)
		for i, r := range md {
			if r == '<' || r == '>' || (strings.ContainsRune("|`[]", r) && (i == 0 || md[i-1] != '\\')) {
				t.Fatalf("%q has a bare %q: %q", text, r, md)
			}
		}
	})
}
