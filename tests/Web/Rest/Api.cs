using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Crm.Engine;
using Crm.Follows;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NSubstitute;

namespace Crm.Web.Tests.Rest;

/// <summary>The front end over the real engine with a journal in memory. Who calls is told by a header that only this host believes.</summary>
public sealed class Api : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Api(WebApplication app, HttpClient client) => (_app, Client) = (app, client);

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public MemoryJournal Journal => Services.GetRequiredService<MemoryJournal>();

    public FaultLog Log => Services.GetRequiredService<FaultLog>();

    /// <summary>Every route that the host serves, with one entry for each of its methods.</summary>
    public IEnumerable<(string Method, string Route, RouteEndpoint Endpoint)> Routes =>
        from source in Services.GetServices<EndpointDataSource>()
        from endpoint in source.Endpoints.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"]
        select (method, endpoint.RoutePattern.RawText!, endpoint);

    /// <summary>Those that every kind has.</summary>
    public IEnumerable<(string Method, string Route)> RecordRoutes => Routes.Where(route => RecordRouteNames.Contains(NameOf(route.Endpoint))).Select(route => (route.Method, route.Route));

    /// <summary>Those of the API that are something else.</summary>
    public IEnumerable<(string Method, string Route)> OtherRoutes => Routes
        .Where(route => route.Route.StartsWith("/api/", StringComparison.Ordinal) && !RecordRouteNames.Contains(NameOf(route.Endpoint))).Select(route => (route.Method, route.Route));

    private HashSet<string> RecordRouteNames =>
    [
        .. from kind in Services.GetRequiredService<ICatalog>().Kinds
           from name in kind.Verbs.Select(verb => verb.Name).Concat(["list", "create", "read", "edit", "delete", "history", "restore", "undo"])
           select $"{kind.Name}.{name}",
    ];

    private static string NameOf(Endpoint endpoint) => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? "";

    /// <summary>Starts it in memory, or with <paramref name="sockets"/> on a real server at a free loopback port.</summary>
    public static async Task<Api> Start(WebOptions? options = null, bool sockets = false, Action<IServiceCollection>? also = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Test" });
        builder.Logging.ClearProviders();
        if (sockets)
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        }
        else
        {
            builder.WebHost.UseTestServer();
        }

        AddEngine(builder.Services);
        builder.Services.AddWebFrontend(options ?? Unlimited);
        builder.Services.AddAuthentication(TestSignIn.Name).AddScheme<AuthenticationSchemeOptions, TestSignIn>(TestSignIn.Name, null);
        builder.Services.AddSingleton<ICallers, NoSessions>().AddSingleton(Substitute.For<IAccounts>());
        also?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapWebFrontend();
        app.Services.GetRequiredService<ILists>(); // It hears from now on.
        await app.StartAsync();
        var client = sockets ? new HttpClient { BaseAddress = new(app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) } : app.GetTestClient();
        return new(app, client);
    }

    public static WebOptions Unlimited { get; } = new()
    {
        User = new(1_000_000, 1_000_000), Tenant = new(1_000_000, 1_000_000), Anonymous = new(1_000_000, 1_000_000), SignIn = new(1_000_000, 1_000_000), Admission = Crm.Web.Admission.AdmissionOptions.Off,
    };

    public async Task<Answer> Send(
        string method, string path, string? body = null, string? caller = "acme/ana", string? type = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        }

        return await Send(request, caller, headers);
    }

    public async Task<Answer> Send(HttpRequestMessage request, string? caller = "acme/ana", params (string Name, string Value)[] headers)
    {
        if (caller is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Test {caller}");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        using var response = await Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new(response.StatusCode, text, all);
    }

    public async Task<string> Created(string kind, string body, string caller = "acme/ana")
    {
        var answer = await Send("POST", $"/api/v1/{kind}", body, caller);
        answer.Status.ShouldBe(HttpStatusCode.Created, answer.Text);
        return answer.Json.GetProperty("id").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    /// <summary>The engine over a journal in memory, and what the front end asks beside it.</summary>
    public static void AddEngine(IServiceCollection services)
    {
        var kinds = Kinds.All().Add<Note>();
        kinds.LoadCustomWith((_, kind) => Task.FromResult<IReadOnlyList<FieldInfo>>([new("custom.budget", FieldType.Number)]));
        services.AddSingleton(kinds).AddSingleton<ICatalog>(kinds).AddSingleton<IKindRegistry>(kinds);
        services.AddSingleton<MemoryJournal>().AddSingleton<IJournal>(of => of.GetRequiredService<MemoryJournal>());
        services.AddSingleton<IPresence>(of => new EmbeddedPresence(of.GetRequiredService<TimeProvider>())).AddSingleton(Substitute.For<IKeptDrafts>());
        services.AddSingleton<EmbeddedFeed>().AddSingleton<IFeed>(of => of.GetRequiredService<EmbeddedFeed>()).AddSingleton<INudges>(of => of.GetRequiredService<EmbeddedFeed>());
        services.AddSingleton<ILists, MemoryLists>().AddSingleton<IUserPlaces, EmbeddedPlaces>();
        var course = new MergeCourse();
        var revert = new RevertMergeVerb(course);
        services.AddSingleton(new Processes([course])).AddSingleton<RecordServices>().AddSingleton<EmbeddedRecords>();
        services.AddSingleton<IRecords>(of => new RecordsDoor(
            of.GetRequiredService<EmbeddedRecords>(), kinds, [new MergeVerb(kinds, course), revert, new UnmergeVerb(revert)]));
        services.AddSingleton(Substitute.For<IDuplicates>()).AddSingleton(Substitute.For<IImports>()).AddSingleton(Substitute.For<IContactExport>()).AddSingleton(Substitute.For<IViews>())
            .AddSingleton(Substitute.For<IWebhooks>()).AddSingleton(Substitute.For<IDeadLetters>()).AddSingleton(Substitute.For<IOwnSessions>()).AddSingleton(Substitute.For<IActivity>()).AddSingleton(Substitute.For<IAudit>()).AddSingleton(Substitute.For<ISecurityEvents>())
            .AddSingleton(Substitute.For<INotices>()).AddSingleton(Substitute.For<IMailLinks>());
        services.AddSingleton<IFollows>(of => new FollowBook(of.GetRequiredService<EmbeddedRecords>(), of.GetRequiredService<ILists>(), kinds));
        services.AddSingleton<FaultLog>().AddSingleton<ILoggerProvider>(of => of.GetRequiredService<FaultLog>());
    }
}

/// <summary>What came back.</summary>
public sealed record Answer(HttpStatusCode Status, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonElement.Parse(Text);

    public string? Code => Headers.GetValueOrDefault("Content-Type")?.StartsWith("application/problem+json", StringComparison.Ordinal) is true
        ? Json.GetProperty("code").GetString() : null;

    public string? ETag => Headers.GetValueOrDefault("ETag");

    /// <summary>It is a whole problem of this status and code, and gives nothing away.</summary>
    public void ShouldBeProblem(int status, string code)
    {
        ((int)Status).ShouldBe(status, Text);
        Code.ShouldBe(code, Text);
        var json = Json;
        json.GetProperty("status").GetInt32().ShouldBe(status);
        json.GetProperty("type").GetString().ShouldBe($"/problems/{code}");
        json.GetProperty("title").GetString().ShouldNotBeNullOrWhiteSpace();
        json.GetProperty("detail").GetString().ShouldNotBeNullOrWhiteSpace();
        json.GetProperty("correlationId").GetString().ShouldBe(Headers["X-Correlation-Id"]);
        Text.ShouldNotContain("   at ");
        Text.ShouldNotContain("Exception");
    }

    /// <summary>The problem without what differs from request to request.</summary>
    public string Anonymous => Text.Replace(Json.GetProperty("correlationId").GetString()!, "", StringComparison.Ordinal);
}

/// <summary>Believes <c>Test tenant/user[/permission,permission[/hidden,hidden]]</c>; without permissions all are held.</summary>
public sealed class TestSignIn(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string Name = "Test";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers.Authorization is not [{ } header] || !header.StartsWith("Test ", StringComparison.Ordinal))
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var parts = header["Test ".Length..].Split('/');
        Context.SetCallerSession(new(parts[0], parts[1], "test"));
        Context.SetCaller(new(parts[0], parts[1], Set(parts, 2, "*"), Set(parts, 3, ""), new HashSet<string>()));
        return Task.FromResult(AuthenticateResult.Success(new(new(new ClaimsIdentity(Name)), Name)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return base.HandleChallengeAsync(properties);
    }

    private static HashSet<string> Set(string[] parts, int index, string missing) =>
        [.. (parts.Length > index ? parts[index] : missing).Split(',', StringSplitOptions.RemoveEmptyEntries)];
}

/// <summary>Connections are not this host's part: it knows no session.</summary>
public sealed class NoSessions : ICallers, IDisposable
{
    public ValueTask<Caller?> Find(SessionKey session, CancellationToken cancel = default) => new((Caller?)null);

    public IDisposable OnChanged(Action<string, string?> changed) => this;

    public void Dispose()
    {
    }
}

/// <summary>Keeps the errors that were logged, with their correlation ids.</summary>
public sealed class FaultLog : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public ConcurrentQueue<(Exception? Fault, string Scopes)> Errors { get; } = [];

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
    }

    private sealed class Logger(FaultLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var scopes = new StringBuilder();
            log._scopes.ForEachScope((scope, text) => text.AppendJoin(' ', scope is IEnumerable<KeyValuePair<string, object>> pairs ? pairs.Select(pair => $"{pair.Key}={pair.Value}") : [$"{scope}"]), scopes);
            log.Errors.Enqueue((exception, scopes.ToString()));
        }
    }
}
