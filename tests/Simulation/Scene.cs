using System.Text.Json;
using Crm.Engine;
using Crm.Notices;
using Crm.Notices.Priority;

namespace Crm.Simulation;

/// <summary>One run: two silos, two front ends, a database, six clients, and what goes wrong between them.</summary>
public sealed class Scene
{
    /// <summary>After the last fault everybody must agree within this time.</summary>
    public static readonly TimeSpan AgreeWithin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);
    /// <summary>The kinds of the simulation.</summary>
    internal static readonly Kinds All = new Kinds().Add<Card>().Add<Notice>().Add<Person>().Add<Ranking>();

    /// <summary>Sets the scene; nothing runs yet.</summary>
    public Scene(Case @case, Bug bug = Bug.None)
    {
        (Case, Bug) = (@case, bug);
        World = new(@case.Seed);
        Troubles = new(@case.Weather);
        Network = new(World, Troubles);
        Store = new(World, bug);
        Ledger = new(this);
        Directory = new(World);
        Database = new(World, 0, "database", _ => { });
        Silos = [new(this, 1, "silo0"), new(this, 2, "silo1")];
        Fronts = [new(this, 3, "front0"), new(this, 4, "front1")];
        Clients = [.. Enumerable.Range(0, Case.Clients).Select(number => new Client(this, number))];
    }

    /// <summary>What happens.</summary>
    public Case Case { get; }

    /// <summary>The mistake that is planted.</summary>
    public Bug Bug { get; }

    /// <summary>Thread, clock and order.</summary>
    public World World { get; }

    /// <summary>What goes wrong now.</summary>
    public Troubles Troubles { get; }

    /// <summary>Carries messages.</summary>
    public Network Network { get; }

    /// <summary>What is durable.</summary>
    public Store Store { get; }

    /// <summary>What was promised.</summary>
    public Ledger Ledger { get; }

    /// <summary>Where records are.</summary>
    public Directory Directory { get; }

    /// <summary>The database's machine.</summary>
    public Node Database { get; }

    /// <summary>Those that host records.</summary>
    public IReadOnlyList<Silo> Silos { get; }

    /// <summary>Those that clients connect to.</summary>
    public IReadOnlyList<Front> Fronts { get; }

    /// <summary>Users before screens.</summary>
    public IReadOnlyList<Client> Clients { get; }

    /// <summary>The kinds of this scene.</summary>
    public Kinds Kinds { get; } = All;

    /// <summary>Since when nothing is wrong any more, in ticks of the world; −1 while something is.</summary>
    public long QuietSince { get; private set; } = -1;

    /// <summary>A client whose user may do everything.</summary>
    public Client AdministratorOf(string tenant) => Clients.First(client => client.Session.Tenant == tenant);

    /// <summary>Everything, from the first turn to the last check.</summary>
    public void Run()
    {
        Begin();
        var faults = new Faults(this);
        var end = Case.Ops.GroupBy(op => op.Client).Select(ops => ops.Sum(op => (long)op.WaitMs + op.SleepMs)).DefaultIfEmpty(0).Max() + 200;
        end = Math.Max(end, Case.Faults.Select(fault => (long)fault.AtMs).DefaultIfEmpty(0).Max() + 200);
        World.Run(TimeSpan.FromMilliseconds(end).Ticks);

        faults.Heal();
        Troubles.Weather = Troubles.Weather with { Late = 0, Lost = 0, Double = 0, Unknown = 0, Failed = 0 };
        QuietSince = World.Now;
        Store.Replay();
        Settle("the last fault");

        // What a silent loss left behind shows when there is something new to tell.
        Probe();
        Settle("the last edits");
        Check();
    }

    /// <summary>Nothing runs any more.</summary>
    public void Close()
    {
        foreach (var node in Silos.Select(silo => silo.Node).Concat(Fronts.Select(front => front.Node)).Concat(Clients.Select(client => client.Node)))
        {
            node.Stop();
        }
    }

    private void Begin()
    {
        Database.Start();
        foreach (var tenant in new[] { "acme", "globex" })
        {
            for (var user = 0; user < Case.Clients / 2; user++)
            {
                Seed(new(tenant, "users", $"u{user}"), new Person());
            }
        }

        foreach (var node in Silos.Select(silo => silo.Node).Concat(Fronts.Select(front => front.Node)))
        {
            node.Start();
        }

        foreach (var client in Clients)
        {
            client.Start();
            client.Perform([.. Case.Ops.Where(op => op.Client == client.Number)]);
        }
    }

    private void Seed(Address at, Person person)
    {
        var fields = new Dictionary<string, JsonElement> { ["roles"] = JsonSerializer.SerializeToElement(person.Roles) };
        var now = DateTimeOffset.UnixEpoch;
        var change = new Change(1, now, Caller.SystemUser, "users.create", fields.ToDictionary(field => field.Key, field => new FromTo(Json.Null, field.Value)));
        var view = new RecordView("users", at.Id, 1, now, now, Caller.SystemUser, false, fields);
        Store.Commit(new(at, new(), Caller.SystemUser, CommandIds.Derive("seed", at.ToString()), new byte[16], Outcome.Done(Status.Applied, 1), change, view, []));
    }

    private void Probe()
    {
        for (var tenant = 0; tenant < 2; tenant++)
        {
            for (var card = 0; card < Case.Cards; card++)
            {
                Clients[tenant].Write(new(100_000 + (tenant * Case.Cards) + card, tenant, Act.Edit, card, 0b010001, 77_000 + card, 0));
            }
        }
    }

    private void Settle(string after)
    {
        if (World.Broken is not null)
        {
            return;
        }

        var (until, why) = (World.Now + AgreeWithin.Ticks, (string?)"nothing was looked at");
        while (World.Broken is null && why is not null && World.Now < until)
        {
            World.Run(World.Now + Step.Ticks);
            why = Disagreement();
        }

        if (why is not null)
        {
            World.Fail($"{AgreeWithin.TotalSeconds} s after {after}: {why}");
        }
    }

    // Whether clients, journal and outbox differ in anything; null when they agree.
    private string? Disagreement()
    {
        foreach (var client in Clients)
        {
            var caller = Store.Caller(client.Session);
            if (caller is null)
            {
                if (client.Connected)
                {
                    return $"client {client.Number} is connected though its user may not sign in";
                }

                continue;
            }

            if (!client.Settled)
            {
                return $"client {client.Number} is not settled";
            }

            if (!client.Idle)
            {
                return $"client {client.Number} waits for answers";
            }

            foreach (var (reference, view) in client.Looks)
            {
                if ((Difference(client, caller, reference, view) ?? Company.Difference(this, client, reference, view)) is { } difference)
                {
                    return $"client {client.Number} ({client.Session.User}): {difference}";
                }
            }
        }

        return Store.Outbox.Count > 0 ? $"the outbox still holds {Store.Outbox.Values.First().At}" : null;
    }

    private string? Difference(Client client, Caller caller, string reference, View view)
    {
        var at = Address.FromRef(client.Session.Tenant, reference)!.Value;
        var head = Store.Head(at) is { Deleted: false } record ? new Redaction(caller, Kinds.Find(at.Kind)!).Show(record) : null;
        if (head is null)
        {
            return view.Sight == Sight.Live ? $"{reference} is shown at version {view.Version} though there is none for this user; the journal is at {Store.Head(at)?.Version}, deleted {Store.Head(at)?.Deleted}" : null;
        }

        return view.Sight == Sight.Live && view.Version == head.Version && Checks.Same(view.Shown, head.Fields)
            ? null
            : $"{reference} is {view.Sight} at version {view.Version}, the journal is at {head.Version}; shown {Text(view.Shown)}, stored {Text(head.Fields)}";
    }

    private void Check()
    {
        if (World.Broken is not null)
        {
            return;
        }

        foreach (var (at, shelf) in Store.Shelves)
        {
            if (Checks.Wrong(at, shelf) is { } wrong)
            {
                World.Fail(wrong);
            }

            if (NoticesOf.Wrong(this, at, shelf) is { } untold)
            {
                World.Fail(untold);
            }
        }

        Ledger.Close();
    }

    private static string Text(IReadOnlyDictionary<string, JsonElement> fields) => string.Join(' ', fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}={field.Value}"));
}
