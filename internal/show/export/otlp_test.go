package export

import (
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"
)

// receiver is a collector that keeps what it got, decoded as the protocol says.
type receiver struct {
	t      *testing.T
	status int
	got    []*collector.ExportMetricsServiceRequest
	header http.Header
	path   string
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body := io.Reader(q.Body)
	if q.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(body); err != nil {
			r.t.Error(err)
		}
	}
	text, err := io.ReadAll(body)
	if err != nil {
		r.t.Error(err)
	}
	request := &collector.ExportMetricsServiceRequest{}
	if err := proto.Unmarshal(text, request); err != nil {
		r.t.Errorf("no request of the protocol: %v", err)
	}
	r.got, r.header, r.path = append(r.got, request), q.Header, q.URL.Path
	answer, err := proto.Marshal(&collector.ExportMetricsServiceResponse{})
	if err != nil {
		r.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.WriteHeader(r.status)
	_, _ = w.Write(answer)
}

func listening(t *testing.T, status int) (*receiver, *httptest.Server) {
	r := &receiver{t: t, status: status}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return r, s
}

// send sends a result to a collector.
func send(t *testing.T, address string, r Result) error {
	t.Helper()
	c, err := NewCollector(address)
	if err != nil {
		t.Fatal(err)
	}
	return c.Send(t.Context(), r)
}

// What a collector gets is what OpenMetrics shows: the same names, labels, values and
// times.
func TestOTLPIsWhatOpenMetricsIs(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=mine")
	got, server := listening(t, http.StatusOK)
	r := One(analyzed(t, nil))[0]
	if err := send(t, server.URL, r); err != nil {
		t.Fatal(err)
	}
	if len(got.got) != 1 || got.path != "/v1/metrics" || got.header.Get("X-Tenant") != "mine" || got.header.Get("Content-Type") != "application/x-protobuf" {
		t.Fatalf("%d requests, to %s, %v", len(got.got), got.path, got.header)
	}
	want := map[string]float64{}
	for _, s := range readOpenMetrics(t, openMetricsOf(t, []Result{r}, nil, true)) {
		want[s.name+s.labels+" "+s.at] = s.value
	}
	have := map[string]float64{}
	for _, resource := range got.got[0].ResourceMetrics {
		if name := attributes(resource.Resource.Attributes)["service.name"]; name != "authbench" {
			t.Errorf("service.name is %q", name)
		}
		for _, scope := range resource.ScopeMetrics {
			for _, m := range scope.Metrics {
				for _, p := range m.GetGauge().GetDataPoints() {
					have[m.Name+sortedLabels(attributes(p.Attributes))+" "+seconds(p)] = p.GetAsDouble()
				}
				checkUnit(t, m)
			}
		}
	}
	if len(want) < 100 || !maps.EqualFunc(want, have, close) {
		t.Errorf("%d values in OpenMetrics, %d in OTLP, or not the same", len(want), len(have))
	}
}

func checkUnit(t *testing.T, m *metrics.Metric) {
	t.Helper()
	for part, unit := range map[string]string{"_seconds": "s", "_bytes": "By"} {
		if strings.Contains(m.Name, part) != (m.Unit == unit) {
			t.Errorf("%s in %q", m.Name, m.Unit)
		}
	}
	if m.Description == "" {
		t.Errorf("%s is not described", m.Name)
	}
}

func seconds(p *metrics.NumberDataPoint) string { return strconv.FormatUint(p.TimeUnixNano/1e9, 10) }

func attributes(all []*common.KeyValue) map[string]string {
	out := map[string]string{}
	for _, a := range all {
		out[a.Key] = a.Value.GetStringValue()
	}
	return out
}

// A collector that refuses, or is not there, is an error that names it.
func TestOTLPErrors(t *testing.T) {
	_, refusing := listening(t, http.StatusForbidden)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, address := range []string{refusing.URL, gone.URL} {
		if err := send(t, address, small()); err == nil || !strings.Contains(err.Error(), "send the figures to "+address+"/v1/metrics: ") {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"", "127.0.0.1:4318", "ftp://127.0.0.1/", "http://", "http://user:secret@127.0.0.1/", "http://127.0.0.1/?key=secret", "%"} {
		if _, err := NewCollector(address); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if c, err := NewCollector("https://collector:4318/own/path"); err != nil || c.url != "https://collector:4318/own/path" {
		t.Errorf("%v %v", c, err)
	}
}
