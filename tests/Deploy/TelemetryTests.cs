using Crm.Silo;
using Crm.Silo.Hosting;

namespace Crm.Tests;

public sealed class TelemetryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=")]
    [InlineData(true, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1")]
    [InlineData(true, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:1/v1/traces")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://127.0.0.1:1/v1/metrics")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_SDK_DISABLED=true")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_TRACES_EXPORTER=none")]
    public void Traces_are_sent_where_the_standard_variables_ask_for_it(bool sent, params string[] variables)
    {
        using var telemetry = Telemetry.Start(Get(variables));
        telemetry.Traces.ShouldBe(sent);
    }

    [Fact]
    public void An_endpoint_that_is_no_address_is_refused_by_name_and_value() =>
        Should.Throw<OptionException>(() => Telemetry.Start(Get(["OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317"]))).Message.ShouldStartWith("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317 is not understood.");

    private static Func<string, string?> Get(string[] variables) =>
        name => variables.Select(variable => variable.Split('=', 2)).FirstOrDefault(pair => pair[0] == name)?[1];
}
