using System.Text.Json;
using Crm.Web.Live;
using Microsoft.AspNetCore.SignalR;

namespace Crm.Simulation;

/// <summary>A WebSocket with SignalR around it: bytes in order both ways, a writer that waits while the other side does not read.</summary>
/// <remarks>As in SignalR an answer is serialised while it holds the connection's turn to write, and calls begin in the order in which they were sent.</remarks>
internal sealed class Socket
{
    private const int Room = 4_000;
    private static readonly long PerByteWhenSlow = TimeSpan.FromSeconds(1).Ticks / 2_000;
    private readonly Scene _scene;
    private readonly Front _front;
    private readonly Client _client;
    private readonly Lane _lane;
    private readonly ulong _id;
    private readonly int _life;
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private LiveConnection? _connection;
    private TaskCompletionSource? _drained;
    private bool _writing;
    private bool _closed;
    private bool _silent;
    private int _inFlight;
    private ulong _sent;
    private long _down;
    private long _up;

    /// <summary>Nobody has answered yet.</summary>
    public Socket(Scene scene, Front front, Client client, ulong id)
    {
        (_scene, _front, _client, _id, _life) = (scene, front, client, id, front.Node.Life);
        _lane = front.Node.NewLane(id, inOrder: true);
    }

    /// <summary>Asks the front end for a connection.</summary>
    public void Connect() => ToServer(() => _lane.Start(Enter));

    /// <summary>Sends a call.</summary>
    public void Call(int id, string method, JsonElement[] arguments)
    {
        if (_scene.World.Story is not null)
        {
            _scene.World.Log($"client {_client.Number} to {_front.Node.Name}: {id} {method} {string.Join(' ', arguments)}");
        }

        ToServer(() => _lane.Start(() => Serve(id, method, arguments)));
    }

    /// <summary>The client closes it: the server hears of it some time later.</summary>
    public void Close() => ToServer(Gone);

    /// <summary>From now on nothing arrives on either side; both find out when no ping comes.</summary>
    public void FallSilent()
    {
        _silent = true;
        _scene.World.Saw("connection half open");
        _scene.World.At(_scene.World.Now + TimeSpan.FromSeconds(5).Ticks, _id, () => _client.Lost(this));
        _scene.World.At(_scene.World.Now + TimeSpan.FromSeconds(7).Ticks, ~_id, Gone);
    }

    /// <summary>The front end has died: a reset arrives.</summary>
    public void Reset()
    {
        _closed = true;
        _scene.World.At(_scene.World.Now + _scene.Network.Delay(_id), _id, () => _client.Lost(this));
    }

    /// <summary>The server ends it.</summary>
    public void Abort()
    {
        Gone();
        _scene.World.At(Math.Max(_down, _scene.World.Now + _scene.Network.Delay(~_id)), ~_id, () => _client.Lost(this));
    }

    /// <summary>What the product's pump writes; completes when the socket can take more.</summary>
    public ValueTask Write(ReadOnlyMemory<byte> bytes)
    {
        _scene.Ledger.Sending(_client, bytes.Span);
        var copy = bytes.ToArray();
        return new(Put(() => copy, null, false));
    }

    private async Task Enter()
    {
        _connection = _front.Accept(this);
        try
        {
            await _front.Open.Enter(_connection, _client.Session, null);
            await Put(() => [], 0, false);
        }
        catch (Exception fault) when (fault is HubException or UnavailableException)
        {
            Abort();
        }
    }

    private async Task Serve(int id, string method, JsonElement[] arguments)
    {
        if (_connection is null)
        {
            return;
        }

        try
        {
            var answer = await Answer(_front.Hub(_connection), method, arguments);
            await Put(() => JsonSerializer.SerializeToUtf8Bytes(answer, answer.GetType()), id, false);
        }
        catch (Exception fault) when (fault is HubException or UnavailableException)
        {
            await Put(() => JsonSerializer.SerializeToUtf8Bytes(fault is HubException ? fault.Message : "unavailable: "), id, true);
        }
    }

    private async Task<object> Answer(CrmHub hub, string method, JsonElement[] arguments)
    {
        switch (method)
        {
            case "Watch":
                return await hub.Watch(arguments[0], arguments[1]);
            case "Unwatch":
                hub.Unwatch(arguments[0]);
                return true;
            case "Present":
                hub.Present(arguments[0], arguments[1]);
                return true;
            case "Draft":
                hub.Draft(arguments[0], arguments[1], arguments[2]);
                return true;
            case "Undraft":
                hub.Undraft(arguments[0], arguments[1]);
                return true;
            case "Claim":
                return await hub.Claim(arguments[0], arguments[1], arguments[2]);
            case "Edit":
                return await hub.Edit(arguments[0], arguments[1], arguments[2], arguments[3]);
            case "Do":
                return await hub.Do(arguments[0], arguments[1], arguments[2], arguments[3]);
            default:
                var at = Arguments.Address(arguments[0], _connection!.Rights.Caller.Tenant);
                var caller = _connection.Rights.Caller;
                _scene.Ledger.Read(at, caller, await _front.Records.Read(at, caller));
                return true;
        }
    }

    private async Task Put(Func<byte[]> make, int? answerTo, bool fault)
    {
        if (_writing)
        {
            var turn = new TaskCompletionSource();
            _waiting.Enqueue(turn);
            await turn.Task;
        }

        _writing = true;
        if (!_closed)
        {
            ToClient(make(), answerTo, fault);
            if (_inFlight > Room)
            {
                _scene.World.Saw("socket full");
                _drained = new();
                await _drained.Task;
            }
        }

        if (_waiting.TryDequeue(out var next))
        {
            next.SetResult();
        }
        else
        {
            _writing = false;
        }
    }

    private void ToClient(byte[] bytes, int? answerTo, bool fault)
    {
        var world = _scene.World;
        var key = Keyed.Mix(_id ^ ++_sent);
        _inFlight += bytes.Length;
        _down = Math.Max(_down, world.Now + _scene.Network.Delay(key)) + (_client.Slow > 0 ? bytes.Length * PerByteWhenSlow : 1);
        world.At(_down, key, () =>
        {
            if (_silent || _life != _front.Node.Life)
            {
                return;
            }

            _inFlight -= bytes.Length;
            if (_inFlight <= Room)
            {
                _drained?.TrySetResult();
            }

            if (world.Story is not null)
            {
                world.Log($"{_front.Node.Name} to client {_client.Number}: {answerTo} {System.Text.Encoding.UTF8.GetString(bytes)}");
            }

            _client.Receive(this, bytes, answerTo, fault);
        });
    }

    private void ToServer(Action action)
    {
        var world = _scene.World;
        var key = Keyed.Mix(~_id ^ ++_sent);
        _up = Math.Max(_up + 1, world.Now + _scene.Network.Delay(key));
        world.At(_up, key, () =>
        {
            if (!_silent && !_closed && _life == _front.Node.Life && _front.Node.Up)
            {
                action();
            }
        });
    }

    // The server lets go of the connection.
    private void Gone()
    {
        if (!_closed && _life == _front.Node.Life && _front.Node.Up)
        {
            _closed = true;
            _lane.Post(() =>
            {
                _drained?.TrySetResult();
                if (_connection is { } connection)
                {
                    _front.Open.Remove(connection.Id);
                }
            });
        }
    }
}
