using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace Crm.Faults;

/// <summary>What becomes of edits when their database does not do what a database should.</summary>
public sealed class DatabaseTests : IClassFixture<DatabaseTests.Running>, IDisposable
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(5);
    private readonly Site _site;
    private readonly HttpClient _client;
    private readonly Editors _editors;

    public DatabaseTests(Running running)
    {
        (_site, _client) = (running.Site, running.Client);
        _editors = new(_client);
    }

    public void Dispose() => _site.Database.Weather = Weather.Fair;

    [Fact]
    public async Task A_session_that_is_ended_in_a_commit_loses_nothing_and_doubles_nothing()
    {
        await _editors.Make(8);
        var ended = 0L;
        await _editors.During(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                var done = _editors.Done;
                ended += (long)(await _site.Ask("SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'crm journal') ended"))!;
                await Site.Until(() => _editors.Done > done + 10, "edits after a session ended");
            }
        });

        ended.ShouldBeGreaterThan(10);
        await _editors.ShouldBeKept();
        Measured.Note("session ended", new { ended, refused = _editors.Refusals.Count, longestGap = _editors.LongestGap.TotalMilliseconds });
    }

    [Fact]
    public async Task A_database_that_is_killed_costs_a_pause_and_no_edit()
    {
        await _editors.Make(8);
        var accepting = TimeSpan.Zero;
        var recovered = await _editors.During(async () =>
        {
            await Site.Signal("KILL", _site.Postgres.ProcessId!.Value);
            await Site.Until(async () => await Status("/health/ready") == HttpStatusCode.ServiceUnavailable, "an unhealthy database");
            (await Status("/health/live")).ShouldBe(HttpStatusCode.OK);
            accepting = await Site.Until(Accepts, "a database that accepts");
        });

        recovered.ShouldBeLessThan(Recovery);
        await Site.Until(async () => await Status("/health/ready") == HttpStatusCode.OK, "a healthy database");
        await _editors.ShouldBeKept();
        Measured.Note("database killed", new { accepting = accepting.TotalMilliseconds, recovered = recovered.TotalMilliseconds, slowestRefusal = _editors.Refusals.Max() });
    }

    [Fact]
    public async Task A_session_s_server_that_is_killed_ends_all_sessions_and_costs_a_pause_and_no_edit()
    {
        await _editors.Make(8);
        var recovered = await _editors.During(async () =>
        {
            await Site.Signal("KILL", (int)(await _site.Ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'crm journal'"))!);
            await Site.Until(Accepts, "a database that accepts");
        });

        recovered.ShouldBeLessThan(Recovery);
        await _editors.ShouldBeKept();
        Measured.Note("session's server killed", new { recovered = recovered.TotalMilliseconds, longestGap = _editors.LongestGap.TotalMilliseconds });
    }

    [Fact]
    public Task A_database_that_stands_still_for_four_seconds_is_told_of_within_two() => StandsStill(TimeSpan.FromSeconds(4));

    [LongFact]
    public Task A_database_that_stands_still_for_ten_seconds_is_told_of_within_two() => StandsStill(TimeSpan.FromSeconds(10));

    [LongFact]
    public Task A_database_that_stands_still_for_a_minute_is_told_of_within_two() => StandsStill(TimeSpan.FromMinutes(1));

    private async Task StandsStill(TimeSpan time)
    {
        await _editors.Make(32);
        var (before, worst) = (_site.Memory, 0L);
        var recovered = await _editors.During(async () =>
        {
            await using var still = await _site.Still();
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < time; await Task.Delay(100)) // What is tested is this very time.
            {
                worst = Math.Max(worst, _site.Memory);
                (await Status("/health/live")).ShouldBe(HttpStatusCode.OK);
            }
        });

        Measured.Note($"database still for {time.TotalSeconds} s", new
        {
            recovered = recovered.TotalMilliseconds, refused = _editors.Refusals.Count, slowestRefusal = _editors.Refusals.Max(), grown = (worst - before) >> 20,
        });
        _editors.Refusals.Max().ShouldBeLessThan(3_000);
        recovered.ShouldBeLessThan(Recovery);
        (worst - before).ShouldBeLessThan(100L << 20);
        await _editors.ShouldBeKept();
    }

    [Fact]
    public async Task A_slow_database_is_slow_and_nothing_else()
    {
        await _editors.Make(16);
        var slow = 0;
        var recovered = await _editors.During(async () =>
        {
            _site.Database.Weather = new(Delay: TimeSpan.FromMilliseconds(500), Jitter: TimeSpan.FromMilliseconds(100));
            var done = _editors.Done;
            await Task.Delay(TimeSpan.FromSeconds(LongFactAttribute.Wanted ? 30 : 4)); // What is tested is this very time.
            slow = _editors.Done - done;
            _site.Database.Weather = Weather.Fair;
        });

        slow.ShouldBeGreaterThan(0);
        recovered.ShouldBeLessThan(Recovery);
        (_editors.Refusals.IsEmpty ? 0 : _editors.Refusals.Max()).ShouldBeLessThan(3_000);
        await _editors.ShouldBeKept();
        Measured.Note("database slow by 500 ms each way", new { editsMeanwhile = slow, refused = _editors.Refusals.Count, slowest = _editors.Successes.Max(), recovered = recovered.TotalMilliseconds });
    }

    [Fact]
    public async Task A_network_that_resets_one_piece_in_a_hundred_loses_nothing_and_doubles_nothing()
    {
        await _editors.Make(8);
        await _editors.During(async () =>
        {
            _site.Database.Weather = new(ResetsPerMille: 10);
            var done = _editors.Done;
            await Site.Until(() => _editors.Done > done + (LongFactAttribute.Wanted ? 3_000 : 150), "edits in bad weather");
            _site.Database.Weather = Weather.Fair;
        });

        await _editors.ShouldBeKept();
        Measured.Note("one piece in a hundred reset", new { edits = _editors.Done, refused = _editors.Refusals.Count, longestGap = _editors.LongestGap.TotalMilliseconds });
    }

    [Fact]
    public async Task A_database_without_a_free_connection_is_told_of_soon_and_health_stays_live()
    {
        await _editors.Make(4);
        var outsiders = new List<NpgsqlConnection>();
        var recovered = await _editors.During(async () =>
        {
            await _site.Ask("SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name LIKE 'crm%') ended");
            await Occupy(outsiders);
            await Refuses();
            (await Status("/health/live")).ShouldBe(HttpStatusCode.OK);
            outsiders.ForEach(outsider => outsider.Dispose());
        });

        recovered.ShouldBeLessThan(Recovery);
        _editors.Refusals.Max().ShouldBeLessThan(3_000);
        await _editors.ShouldBeKept();
        Measured.Note("no free connection", new { recovered = recovered.TotalMilliseconds, refused = _editors.Refusals.Count, slowestRefusal = _editors.Refusals.Max() });
    }

    private async Task Refuses()
    {
        var refused = _editors.Refusals.Count;
        await Site.Until(() => _editors.Refusals.Count > refused + 20, "refusals");
    }

    // Whatever is free is taken, until the product has none left to come back with.
    private async Task Occupy(List<NpgsqlConnection> outsiders)
    {
        var source = new NpgsqlConnectionStringBuilder(_site.Postgres.ConnectionString) { Pooling = false, ApplicationName = "outsider" }.ConnectionString;
        for (var full = 0; full < 20;)
        {
            var outsider = new NpgsqlConnection(source);
            try
            {
                await outsider.OpenAsync();
                outsiders.Add(outsider);
                full = 0;
            }
            catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                full++;
                await outsider.DisposeAsync();
                if (outsiders is [var one, ..])
                {
                    await using var end = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'crm%'", one);
                    await end.ExecuteNonQueryAsync();
                }
            }
        }
    }

    private async Task<bool> Accepts()
    {
        try
        {
            return await _site.Ask("SELECT 1") is 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task<HttpStatusCode> Status(string path)
    {
        using var stranger = new HttpClient { BaseAddress = _site.Url };
        using var answer = await stranger.GetAsync(new Uri(path, UriKind.Relative));
        return answer.StatusCode;
    }

    /// <summary>One product for all of these.</summary>
    public sealed class Running : IAsyncLifetime
    {
        public Site Site { get; private set; } = null!;

        public HttpClient Client { get; private set; } = null!;

        public string Token { get; private set; } = "";

        public async Task InitializeAsync()
        {
            Site = await Site.Open();
            await Site.Start();
            (Client, Token) = await Site.SignIn();
        }

        public async Task DisposeAsync()
        {
            Client.Dispose();
            await Site.DisposeAsync();
        }
    }
}
