package export

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"

	"authbench/internal/text/usertext"
)

// Collector is where OpenTelemetry metrics are sent.
type Collector struct{ url string }

// metricsPath is where a collector takes metrics (OTLP/HTTP).
const metricsPath = "/v1/metrics"

// NewCollector reads the address of a collector: http or https; without a path it gets the
// usual one. Secrets belong into OTEL_EXPORTER_OTLP_HEADERS.
func NewCollector(address string) (Collector, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return Collector{}, errors.New("it is no address: write one such as http://127.0.0.1:4318")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return Collector{}, errors.New("write the address alone; what identifies you belongs into OTEL_EXPORTER_OTLP_HEADERS")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = metricsPath
	}
	return Collector{u.String()}, nil
}

// Send sends a result's figures as gauges, with the names, units and labels of
// [OpenMetrics], at the time at which its run started. Headers and certificates are those
// of the variables OTEL_EXPORTER_OTLP_….
func (c Collector) Send(ctx context.Context, r Result) error {
	exporter, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(c.url))
	if err == nil {
		err = exporter.Export(ctx, metricsOf(r))
		err = errors.Join(err, exporter.Shutdown(context.WithoutCancel(ctx)))
	}
	if err != nil {
		return fmt.Errorf("send the figures to %s: %w", c.url, err)
	}
	return nil
}

// metricsOf are a result's figures in the form of the SDK.
func metricsOf(r Result) *metricdata.ResourceMetrics {
	s := r.Summary
	scope := metricdata.ScopeMetrics{Scope: instrumentation.Scope{Name: "authbench", Version: s.Build.Version}}
	for _, f := range familiesOf([]Result{r}, nil) {
		var points []metricdata.DataPoint[float64]
		for _, one := range f.samples {
			points = append(points, metricdata.DataPoint[float64]{Attributes: one.labels.attributes(), Time: one.at, Value: one.value})
		}
		scope.Metrics = append(scope.Metrics, metricdata.Metrics{
			Name: f.name, Description: usertext.Clean(f.help), Unit: f.unit(), Data: metricdata.Gauge[float64]{DataPoints: points},
		})
	}
	own := resource.NewSchemaless(
		attribute.String("service.name", "authbench"), attribute.String("service.version", s.Build.Version),
		attribute.String("os.type", s.Host.OS), attribute.String("host.arch", s.Host.Arch),
	)
	return &metricdata.ResourceMetrics{Resource: own, ScopeMetrics: []metricdata.ScopeMetrics{scope}}
}

// unit is the family's unit (UCUM). Receivers that use Prometheus' names add a unit that a name
// does not have yet, and "ratio" for the unit 1. The names here have both already.
func (f *family) unit() string {
	switch {
	case strings.Contains(f.name, "_seconds"):
		return "s"
	case strings.Contains(f.name, "_bytes"):
		return "By"
	case strings.HasSuffix(f.name, "_ratio"):
		return "1"
	}
	return ""
}

func (l labels) attributes() attribute.Set {
	var out []attribute.KeyValue
	for _, one := range l {
		if one.value != "" {
			out = append(out, attribute.String(one.name, usertext.Clean(one.value)))
		}
	}
	return attribute.NewSet(out...)
}
