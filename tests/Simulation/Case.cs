namespace Crm.Simulation;

/// <summary>What somebody does.</summary>
public enum Act
{
    /// <summary>Sets some fields.</summary>
    Edit,

    /// <summary>Takes from a stock, which may not fall below zero.</summary>
    Take,

    /// <summary>Closes a card; a process answers with a notice.</summary>
    Close,

    /// <summary>Deletes.</summary>
    Delete,

    /// <summary>Restores.</summary>
    Restore,

    /// <summary>Takes the latest version that the client knows back.</summary>
    Undo,

    /// <summary>Begins to look at a record.</summary>
    Watch,

    /// <summary>Looks away.</summary>
    Unwatch,

    /// <summary>Reads once, as REST does.</summary>
    Read,

    /// <summary>Loses the connection, and comes back elsewhere.</summary>
    Drop,

    /// <summary>Closes the lid: no connection for a while.</summary>
    Sleep,

    /// <summary>Sends the last command again, with its id.</summary>
    Repeat,

    /// <summary>An administrator changes what a user may do.</summary>
    Grant,
}

/// <summary>One step of a client.</summary>
/// <param name="Id">Names it for every decision about it, also when others are taken out of the case.</param>
/// <param name="Record">Which card; for a grant which user.</param>
/// <param name="Fields">Bits: title, body, tags, likes, secret, owner.</param>
/// <param name="Value">What is written is made of it.</param>
/// <param name="WaitMs">After the step before it.</param>
public sealed record Op(int Id, int Client, Act Act, int Record, int Fields, int Value, int WaitMs)
{
    /// <summary>How long a sleep lasts; 0 for every other act.</summary>
    public int SleepMs => Act == Act.Sleep ? 200 + (Value / 5) : 0;
}

/// <summary>What goes wrong.</summary>
public enum FaultKind
{
    /// <summary>A node dies after so many more turns, and starts anew later.</summary>
    Crash,

    /// <summary>A node takes no turn for a while.</summary>
    Stall,

    /// <summary>Messages between two nodes, or one way only, are lost.</summary>
    Partition,

    /// <summary>Many commits fail, before or after they are stored.</summary>
    Trouble,

    /// <summary>The database does not answer.</summary>
    Outage,

    /// <summary>A silo is declared dead while it lives: two copies of its records, until it dies.</summary>
    Evict,

    /// <summary>A node's wall clock jumps.</summary>
    Jump,

    /// <summary>A client reads a few bytes a second.</summary>
    Slow,

    /// <summary>A client's connection goes silent without a word.</summary>
    HalfOpen,

    /// <summary>No nudge arrives at a front end.</summary>
    Deaf,
}

/// <summary>One fault.</summary>
/// <param name="A">Chooses whom it strikes.</param>
/// <param name="B">Its counterpart, or its strength.</param>
public sealed record Fault(int Id, FaultKind Kind, int AtMs, int ForMs, int A, int B);

/// <summary>How bad the network is all the time. Shares are in thousandths.</summary>
/// <param name="LatencyUs">Longest usual way of a message, in microseconds.</param>
public sealed record Weather(int LatencyUs, int Late, int Lost, int Double, int Unknown, int Failed);

/// <summary>A whole run as data: what FsCheck shrinks and what a regression file holds.</summary>
/// <param name="Seed">Of every decision that is not data.</param>
public sealed record Case(ulong Seed, Weather Weather, IReadOnlyList<Op> Ops, IReadOnlyList<Fault> Faults)
{
    /// <summary>Clients; each works for one of the two tenants.</summary>
    public const int Clients = 6;

    /// <summary>Cards in each tenant, of the same ids in both.</summary>
    public const int Cards = 4;
}
