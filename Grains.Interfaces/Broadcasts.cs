using System.Text.Json;

namespace Crm;

/// <summary>Whom a message is for. There is no message without one.</summary>
public abstract record Audience
{
    private Audience()
    {
    }

    /// <summary>Its name: equal for the same people. It begins with the tenant, and with / for everyone.</summary>
    public abstract string Name { get; }

    /// <summary>One user, on all his connections.</summary>
    /// <param name="Of">His tenant.</param>
    public sealed record User(string Of, string Id) : Audience
    {
        /// <inheritdoc />
        public override string Name => $"{Of}/user/{Id}";
    }

    /// <summary>Everybody of a team.</summary>
    /// <param name="Of">Its tenant.</param>
    public sealed record Team(string Of, string Title) : Audience
    {
        /// <inheritdoc />
        public override string Name => $"{Of}/team/{Title}";
    }

    /// <summary>Everybody who watches this record and may see it.</summary>
    public sealed record Record(Address At) : Audience
    {
        /// <inheritdoc />
        public override string Name => $"{At.Tenant}/record/{At.Ref}";
    }

    /// <summary>Everybody of a tenant.</summary>
    public sealed record Tenant(string Id) : Audience
    {
        /// <inheritdoc />
        public override string Name => $"{Id}/all";
    }

    /// <summary>Everybody of every tenant: for what operators have to say.</summary>
    public sealed record Everyone : Audience
    {
        /// <inheritdoc />
        public override string Name => "/all";
    }
}

/// <summary>
/// Sends messages to open connections, wherever they are: <c>Published({type, items, dropped?})</c>. Nothing is stored; what must arrive is a change of a
/// record. Messages of one audience and type that come close together travel as one, and of more than <see cref="MostWaiting"/> the oldest are dropped
/// and counted.
/// </summary>
public interface IBroadcasts
{
    /// <summary>How long messages wait for others of the same audience and type.</summary>
    static readonly TimeSpan Together = TimeSpan.FromMilliseconds(100);

    /// <summary>Most messages that travel as one.</summary>
    const int MostWaiting = 100;

    /// <summary>Longest message, in characters of JSON.</summary>
    const int LongestData = 16_384;

    /// <summary>Says something to an audience. Returns at once and never fails because of who listens.</summary>
    /// <param name="type">What it is, for the client: <c>polls.tick</c>.</param>
    /// <param name="data">An object. What not all of the audience may see does not belong in it: it is sent as it is.</param>
    /// <exception cref="ArgumentException">The type or the data has the wrong form.</exception>
    void Publish(Audience to, string type, JsonElement data);
}
