using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Crm.Silo.Hosting;

/// <summary>
/// Sends traces and metrics by OTLP where the standard <c>OTEL_*</c> variables name an endpoint; else nothing of it runs. Endpoint, protocol, headers,
/// sampler, batches and attributes of the resource are read from those variables by the OpenTelemetry SDK itself.
/// </summary>
public sealed class Telemetry : IDisposable
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private static readonly string[] Sources = ["Crm.*", "Microsoft.AspNetCore", "Microsoft.AspNetCore.SignalR.Server", "Microsoft.Orleans.*", "Npgsql"];
    private static readonly string[] Meters = ["Crm.*", "System.Runtime", "Microsoft.AspNetCore.*", "Microsoft.Orleans", "Npgsql"];
    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;

    private Telemetry(TracerProvider? traces, MeterProvider? metrics) => (_traces, _metrics) = (traces, metrics);

    /// <summary>Whether traces are sent anywhere.</summary>
    public bool Traces => _traces is not null;

    /// <summary>Listens from now on to what the variables ask for.</summary>
    /// <param name="get">A variable's value, or null.</param>
    /// <exception cref="OptionException">An endpoint is no address.</exception>
    public static Telemetry Start(Func<string, string?> get)
    {
        if (get("OTEL_SDK_DISABLED") is "true")
        {
            return new(null, null);
        }

        var traces = IsWanted(get, "TRACES") ? Named(Sdk.CreateTracerProviderBuilder(), get).AddSource(Sources).AddOtlpExporter().Build() : null;
        var metrics = IsWanted(get, "METRICS") ? Named(Sdk.CreateMeterProviderBuilder(), get).AddMeter(Meters).AddOtlpExporter().Build() : null;
        return new(traces, metrics);
    }

    /// <summary>Sends what waits, and ends.</summary>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private static bool IsWanted(Func<string, string?> get, string signal)
    {
        var own = $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT";
        if (get($"OTEL_{signal}_EXPORTER") is not (null or "" or "otlp"))
        {
            return false;
        }

        var name = get(own) is { Length: > 0 } ? own : Endpoint;
        return get(name) is { Length: > 0 } address
            && (Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? true
                : throw new OptionException(name, address, "It is the address of an OpenTelemetry collector, such as http://127.0.0.1:4317."));
    }

    private static TracerProviderBuilder Named(TracerProviderBuilder builder, Func<string, string?> get) => builder.ConfigureResource(resource => Name(resource, get));

    private static MeterProviderBuilder Named(MeterProviderBuilder builder, Func<string, string?> get) => builder.ConfigureResource(resource => Name(resource, get));

    private static void Name(ResourceBuilder resource, Func<string, string?> get)
    {
        if (get("OTEL_SERVICE_NAME") is not { Length: > 0 })
        {
            resource.AddService("crm", serviceInstanceId: Environment.MachineName);
        }
    }
}
