using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Engine;
using Crm.Engine.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Crm.Cluster.Tests;

/// <summary>What a front end of a newer build says to a silo that does not know it yet.</summary>
[Alias("crm.newer")]
public interface INewerGrain : IGrainWithStringKey
{
    [Alias("sing")]
    Task<int> Sing(int verses);
}

/// <summary>A front end of a newer build among silos of this one, as in an update that began at the wrong end.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class VersionTests(ClusterFixture cluster) : IAsyncLifetime
{
    private static readonly Caller Ann = new("acme", "ann", new HashSet<string> { "contacts.*", "notes.*" }, new HashSet<string>(), new HashSet<string>());
    private readonly IHost _newer = Client(cluster);

    private IGrainFactory Grains => _newer.Services.GetRequiredService<IGrainFactory>();

    public Task InitializeAsync() => _newer.StartAsync();

    public async Task DisposeAsync()
    {
        await _newer.StopAsync();
        _newer.Dispose();
    }

    [Fact]
    public async Task What_it_says_beside_what_silos_know_is_left_out_and_the_rest_holds()
    {
        var at = new Address("acme", "contacts", $"newer-{Guid.NewGuid():N}");
        var records = Records(new Kinds().Add<Contacts.Contact>());

        var made = await records.Edit(at, Ann, Guid.NewGuid(), 0, JsonElement.Parse("""{"name":"Newer"}"""));

        (made.Status, made.Version).ShouldBe((Status.Applied, 1));

        (await records.Read(at, Ann))!.Fields["name"].GetString().ShouldBe("Newer");
    }

    [Fact]
    public async Task A_kind_that_no_silo_knows_cannot_be_reached_now_and_the_silo_says_why()
    {
        var fault = await Should.ThrowAsync<UnavailableException>(Records(new Kinds().Add<Note>()).Read(new("acme", "notes", "n1"), Ann));
        fault.InnerException!.Message.ShouldContain("This silo knows no notes: it is older than the front end.");
    }

    [Fact]
    public async Task A_contract_that_no_silo_has_is_refused_at_once_as_the_users_places_expect_it()
    {
        Should.Throw<ArgumentException>(() => Grains.GetGrain<INewerGrain>("acme/users/ann")).Message.ShouldContain("crm.newer");
        (await new ClusterPlaces(Grains).Hold("acme", "nobody", new("newer", 1, new Dictionary<string, int>(), null))).Granted.ShouldBeTrue();
    }

    [Fact]
    public async Task What_a_silo_has_no_word_for_is_refused_at_once_by_name_and_the_rest_goes_on()
    {
        var at = new Address("acme", "contacts", "none");
        var grain = Grains.GetGrain<INewerGrain>(GrainId.Create("record", at.ToString()));

        var fault = await Should.ThrowAsync<UnavailableException>(new Patience(TimeSpan.FromMinutes(5)).Try(TimeProvider.System, at.Ref, () => grain.Sing(3)));

        fault.Message.ShouldContain("contacts/none lives on a silo of another version");
        (await Records(new Kinds().Add<Contacts.Contact>()).Read(at, Ann)).ShouldBeNull();
    }

    private ClusterRecords Records(Kinds kinds) => new(Grains, kinds, TimeProvider.System, new(TimeSpan.FromSeconds(2)));

    private static IHost Client(ClusterFixture cluster)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddWire();
        builder.Services.Configure<JsonCodecOptions>(json => json.SerializerOptions = new(Wire.Options) { Converters = { new Wordy<Commands>(), new Wordy<Caller>(), new Wordy<Holding>() } });
        builder.UseOrleansClient(client => client
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster.Id, "crm"))
            .UseAdoNetClustering(database => (database.Invariant, database.ConnectionString) = ("Npgsql", cluster.ConnectionString)));
        return builder.Build();
    }

    /// <summary>Adds a member that nobody knows.</summary>
    private sealed class Wordy<T> : JsonConverter<T>
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonSerializer.Deserialize<T>(ref reader, Wire.Options);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            var json = JsonSerializer.SerializeToNode(value, Wire.Options)!.AsObject();
            json["mood"] = "good";
            json.WriteTo(writer);
        }
    }
}
