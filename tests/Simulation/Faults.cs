namespace Crm.Simulation;

/// <summary>Lets the faults of a case strike, and takes them all back at the end.</summary>
public sealed class Faults
{
    private readonly Scene _scene;
    private readonly List<Action> _undone = [];

    /// <summary>Plans them.</summary>
    public Faults(Scene scene)
    {
        _scene = scene;
        foreach (var fault in scene.Case.Faults)
        {
            scene.World.At(TimeSpan.FromMilliseconds(fault.AtMs).Ticks, Keyed.Mix((ulong)fault.Id), () => Strike(fault));
        }
    }

    private World World => _scene.World;

    /// <summary>Everything runs again, and everybody reaches everybody.</summary>
    public void Heal()
    {
        foreach (var undo in _undone.ToArray())
        {
            undo();
        }

        foreach (var node in Servers)
        {
            node.CrashAfter(-1);
            node.Wake();
            node.Skew = TimeSpan.Zero;
            if (!node.Up)
            {
                node.Start();
            }
        }
    }

    private Node[] Servers => [.. _scene.Silos.Select(silo => silo.Node), .. _scene.Fronts.Select(front => front.Node)];

    private void Strike(Fault fault)
    {
        var servers = Servers;
        var node = servers[fault.A % servers.Length];
        var time = TimeSpan.FromMilliseconds(fault.ForMs);
        World.Log($"{fault}");
        switch (fault.Kind)
        {
            case FaultKind.Crash:
                node.DownFor = time / 2;
                node.CrashAfter(fault.B % 60);
                break;
            case FaultKind.Stall when node.Up:
                node.Pause(time);
                break;
            case FaultKind.Jump:
                World.Saw("clock jumped");
                node.Skew += TimeSpan.FromMinutes((fault.B % 121) - 60);
                break;
            case FaultKind.HalfOpen:
                _scene.Clients[fault.A % Case.Clients].HalfOpen();
                break;
            case FaultKind.Evict:
                Evict(_scene.Silos[fault.A % _scene.Silos.Count], time, fault);
                break;
            default:
                Lasting(fault, time);
                break;
        }
    }

    private void Lasting(Fault fault, TimeSpan time)
    {
        var (front, client) = (_scene.Fronts[fault.A % _scene.Fronts.Count], _scene.Clients[fault.A % Case.Clients]);
        switch (fault.Kind)
        {
            case FaultKind.Partition:
                Partition(fault, time);
                break;
            case FaultKind.Trouble:
                During(time, "fit of failing commits", () => _scene.Troubles.Fits++, () => _scene.Troubles.Fits--);
                break;
            case FaultKind.Outage:
                During(time / 2, "database out", () => _scene.Troubles.Downs++, () => _scene.Troubles.Downs--);
                break;
            case FaultKind.Slow:
                During(time, "client slow", () => client.Slow++, () => client.Slow--);
                break;
            case FaultKind.Deaf:
                During(time, "front end deaf", () => front.Deaf++, () => front.Deaf--);
                break;
        }
    }

    private void Partition(Fault fault, TimeSpan time)
    {
        Node[] nodes = [.. Servers, _scene.Database];
        var (one, other) = (nodes[fault.A % nodes.Length], nodes[fault.B % nodes.Length]);
        if (one == other)
        {
            return;
        }

        During(time, "partition", () => _scene.Network.Cut(one, other), () => _scene.Network.Mend(one, other));
        if (fault.B % 3 > 0)
        {
            During(time, "partition both ways", () => _scene.Network.Cut(other, one), () => _scene.Network.Mend(other, one));
        }
    }

    // Declared dead while it lives: it goes on with its records until it hears of it, and then dies.
    private void Evict(Silo silo, TimeSpan time, Fault fault)
    {
        if (!silo.Node.Up || _scene.Silos.Any(other => other != silo && !other.Node.Up))
        {
            return;
        }

        World.Saw("silo evicted");
        var life = silo.Node.Life;
        _scene.Directory.Evict(silo, [.. _scene.Fronts.Select(front => front.Node), .. _scene.Silos.Select(each => each.Node)], World.Now + time.Ticks, (ulong)fault.Id);
        During(time, "two copies of a silo's records", () => { }, () =>
        {
            if (silo.Node.Life == life)
            {
                silo.Node.Crash(TimeSpan.FromMilliseconds(100));
            }
        });
    }

    private void During(TimeSpan time, string name, Action begin, Action end)
    {
        World.Saw(name);
        begin();
        _undone.Add(End);
        World.At(World.Now + time.Ticks, Keyed.Of(name), End);

        void End()
        {
            if (_undone.Remove(End))
            {
                end();
            }
        }
    }
}
