using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Crm.Engine;
using Crm.Web.Live;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NSubstitute;

namespace Crm.Web.Tests.Live;

/// <summary>The hub on a free port of the loopback, over records in memory. A token is <c>tenant.user</c>, or <c>tenant.user.seconds</c> for one that ends.</summary>
internal sealed class LiveHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentBag<HubClient> _clients = [];

    private LiveHost(WebApplication app) => _app = app;

    public FakeRecords Records => _app.Services.GetRequiredService<FakeRecords>();

    public INotices Notices => _app.Services.GetRequiredService<INotices>();

    public FakeCallers Callers => _app.Services.GetRequiredService<FakeCallers>();

    public ISecurityEvents Events => _app.Services.GetRequiredService<ISecurityEvents>();

    public MemoryActivity Activity => _app.Services.GetRequiredService<MemoryActivity>();

    public OpenConnections Connections => _app.Services.GetRequiredService<OpenConnections>();

    public ConcurrentQueue<string> Logged => _app.Services.GetRequiredService<Memo>().Lines;

    public Uri Url => new(_app.Urls.First());

    public static async Task<LiveHost> Start(Action<LiveOptions>? set = null, IUserPlaces? places = null, WebOptions? limits = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var memo = new Memo();
        builder.Logging.AddProvider(memo);
        builder.Services.AddSingleton(memo);
        builder.Services.AddSingleton<FakeRecords>();
        builder.Services.AddSingleton<FakeCallers>();
        builder.Services.AddSingleton<IRecords>(services => services.GetRequiredService<FakeRecords>());
        builder.Services.AddSingleton<ILists>(services => services.GetRequiredService<FakeRecords>());
        builder.Services.AddSingleton<IFeed>(services => services.GetRequiredService<FakeRecords>());
        builder.Services.AddSingleton(places ?? new EmbeddedPlaces(TimeProvider.System));
        builder.Services.AddSingleton<IPresence>(services => services.GetRequiredService<EmbeddedPresence>());
        builder.Services.AddSingleton(services => new EmbeddedPresence(services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<IKeptDrafts, MemoryDrafts>();
        builder.Services.AddSingleton(NSubstitute.Substitute.For<ISecurityEvents>());
        builder.Services.AddSingleton<MemoryActivity>().AddSingleton<IActivity>(services => services.GetRequiredService<MemoryActivity>());
        builder.Services.AddSingleton(Substitute.For<INotices>());
        builder.Services.AddSingleton<ICallers>(services => services.GetRequiredService<FakeCallers>());
        builder.Services.AddSingleton<ICatalog>(new FakeCatalog());
        builder.Services.AddAuthentication("fake").AddScheme<AuthenticationSchemeOptions, FakeSignIn>("fake", null);
        builder.Services.AddAuthorization();
        builder.Services.AddSingleton(limits ?? new WebOptions { Admission = Crm.Web.Admission.AdmissionOptions.Off });
        builder.Services.AddLive();
        builder.Services.Configure<LiveOptions>(options => set?.Invoke(options));
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapLive();
        await app.StartAsync();
        return new(app);
    }

    public async Task<HubClient> Connect(string user = "acme.ana", Transport transport = Transport.WebSockets)
    {
        var client = await HubClient.Connect(Url, user, transport);
        _clients.Add(client);
        return client;
    }

    /// <summary>Why a connection that shook hands was ended at once.</summary>
    public async Task<string> Refused(string user)
    {
        try
        {
            var client = await Connect(user);
            await Until(() => client.Closed, "the refusal");
            return client.CloseError ?? "";
        }
        catch (HubFault refused)
        {
            return refused.Message; // The end came before the client had looked at the handshake.
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await _app.DisposeAsync();
    }

    /// <summary>Waits for a condition; the limit only ends a wait that would not end.</summary>
    public static async Task Until(Func<bool> condition, string what, int seconds = 15)
    {
        for (var end = DateTime.UtcNow.AddSeconds(seconds); !condition(); await Task.Delay(5))
        {
            if (DateTime.UtcNow > end)
            {
                throw new TimeoutException($"Waited in vain for: {what}");
            }
        }
    }

    private sealed class FakeCatalog : ICatalog
    {
        public IReadOnlyList<KindInfo> Kinds => [Samples.Contacts, Samples.Notices];

        public KindInfo? Find(string kind) => kind == Samples.Contacts.Name ? Samples.Contacts : kind == Samples.Notices.Name ? Samples.Notices : null;

        public ValueTask<IReadOnlyList<FieldInfo>> Custom(string tenant, string kind) => new([]);
    }

    private sealed class FakeSignIn(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Query["access_token"].ToString().Split('.') is not [var tenant, var user, .. var rest])
            {
                return Task.FromResult(AuthenticateResult.Fail("No token."));
            }

            Context.Features.Set(new SessionKey(tenant, user, "s"));
            var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, user)], "fake");
            if (rest is [var seconds])
            {
                identity.AddClaim(new("exp", $"{DateTimeOffset.UtcNow.AddSeconds(int.Parse(seconds)).ToUnixTimeSeconds()}"));
            }

            return Task.FromResult(AuthenticateResult.Success(new(new(identity), "fake")));
        }
    }

    /// <summary>Keeps what is logged from a warning on.</summary>
    private sealed class Memo : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Lines.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>Sessions and their rights, as a test sets them. Everybody is a manager until told otherwise.</summary>
internal sealed class FakeCallers : ICallers
{
    private readonly ConcurrentDictionary<SessionKey, Caller?> _callers = new();
    private readonly ConcurrentDictionary<object, Action<string, string?>> _hearers = new();

    public bool Down { get; set; }

    public ValueTask<Caller?> Find(SessionKey session, CancellationToken cancel = default) => Down
        ? throw new UnavailableException("nobody knows")
        : new(_callers.GetOrAdd(session, static session => Samples.Manager(session.User, session.Tenant)));

    /// <summary>A user may do something else from now on, or nothing.</summary>
    /// <param name="lost">The message that says so gets lost.</param>
    public void Set(string user, Caller? caller, bool lost = false)
    {
        _callers[new("acme", user, "s")] = caller;
        foreach (var heard in lost ? [] : _hearers.Values)
        {
            heard("acme", user);
        }
    }

    public IDisposable OnChanged(Action<string, string?> changed)
    {
        var key = new object();
        _hearers[key] = changed;
        return new Ending(() => _hearers.TryRemove(key, out _));
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
