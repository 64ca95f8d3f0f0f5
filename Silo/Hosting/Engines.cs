using Crm.Engine;

namespace Crm.Silo.Hosting;

/// <summary>Where records live, and how a process reaches them.</summary>
public interface IEngine
{
    /// <summary>What a start says of it.</summary>
    string Name { get; }

    /// <summary>Whether records live in several processes.</summary>
    bool IsCluster => true;

    /// <summary>
    /// Registers <see cref="RecordHost"/>, <see cref="IFeed"/>, <see cref="IUserPlaces"/>, <see cref="IPresence"/> and, where records live, <see cref="INudges"/>. Comes before all other hosted services: they may
    /// use records from their start to their stop.
    /// </summary>
    /// <exception cref="OptionException">The variables do not fit the role.</exception>
    void Add(WebApplicationBuilder builder, Role role, Store store);
}

/// <summary>The records themselves, not their door: inner verbs are open here.</summary>
/// <param name="Patience">How long a caller at the door waits for one of them.</param>
public sealed record RecordHost(IRecords Records, TimeSpan Patience);

/// <summary>The engines that this build has.</summary>
public static partial class Engines
{
    /// <summary>The cluster where it was built in and <c>CRM_ENGINE</c> does not say <c>embedded</c>, else this process alone.</summary>
    /// <exception cref="InvalidOperationException">The role needs a cluster.</exception>
    public static IEngine For(Role role, Func<string, string?> get)
    {
        IEngine? cluster = null;
        FindCluster(get, ref cluster);
        return cluster is not null && get("CRM_ENGINE") != "embedded"
            ? cluster
            : role == Role.Up ? new EmbeddedEngine() : throw new InvalidOperationException(
                $"'{role.ToString().ToLowerInvariant()}' is one node of a cluster, and this build has no cluster engine: build it where the Microsoft.Orleans packages restore (CRM_ENGINE=cluster), or run 'up'.");
    }

    static partial void FindCluster(Func<string, string?> get, ref IEngine? cluster);

    private sealed class EmbeddedEngine : IEngine
    {
        // Longer than any record takes whose database answers; a user who waits longer thinks that nothing works.
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

        public string Name => "embedded";

        public bool IsCluster => false;

        public void Add(WebApplicationBuilder builder, Role role, Store store)
        {
            builder.Services.AddSingleton<EmbeddedFeed>();
            builder.Services.AddSingleton<IFeed>(of => of.GetRequiredService<EmbeddedFeed>());
            builder.Services.AddSingleton<INudges>(of => of.GetRequiredService<EmbeddedFeed>());
            builder.Services.AddSingleton<IUserPlaces, EmbeddedPlaces>();
            builder.Services.AddSingleton<EmbeddedPresence>();
            builder.Services.AddSingleton<IPresence>(of => of.GetRequiredService<EmbeddedPresence>());
            builder.Services.AddSingleton(new EmbeddedOptions(Most: 10_000)); // Some 8 KB each: a long import must not fill the memory with what nobody looks at.
            builder.Services.AddSingleton<EmbeddedRecords>();
            builder.Services.AddSingleton(of => new RecordHost(of.GetRequiredService<EmbeddedRecords>(), Patience));
        }
    }
}
