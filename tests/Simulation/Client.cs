using System.Text;
using System.Text.Json;

namespace Crm.Simulation;

/// <summary>A browser: keeps a connection to some front end, watches records as the protocol says, and sends commands until they are answered.</summary>
public sealed partial class Client
{
    private static readonly byte[][] Marks = [Encoding.UTF8.GetBytes("acme:"), Encoding.UTF8.GetBytes("globex:")];
    private readonly Scene _scene;
    private readonly int _number;
    private readonly Dictionary<int, Action<JsonElement?, string>> _pending = [];
    private readonly Dictionary<string, View> _views = [];
    private readonly List<TaskCompletionSource> _waiting = [];
    private Socket? _socket;
    private bool _open;
    private bool _asleep;
    private int _calls;
    private ulong _connects;

    /// <summary>A client of one of the two tenants, of one of its three users.</summary>
    public Client(Scene scene, int number)
    {
        (_scene, _number) = (scene, number);
        Session = new(number % 2 == 0 ? "acme" : "globex", $"u{number / 2}", $"s{number}");
        Node = new(scene.World, 8 + number, $"client{number}", _ => { });
    }

    /// <summary>The browser.</summary>
    public Node Node { get; }

    /// <summary>Who sits before it.</summary>
    public SessionKey Session { get; }

    /// <summary>Above zero it reads a few bytes a second.</summary>
    public int Slow { get; set; }

    /// <summary>It has a connection and is at rest: no call is open.</summary>
    public bool Settled => _open && _pending.Count == 0;

    /// <summary>Its place among the clients.</summary>
    public int Number => _number;

    /// <summary>Connected now.</summary>
    public bool Connected => _open;

    /// <summary>What it looks at.</summary>
    public IEnumerable<(string Ref, View View)> Looks => _views.Where(view => view.Value.Wanted).Select(view => (view.Key, view.Value));

    /// <summary>Comes to life.</summary>
    public void Start()
    {
        Node.Start();
        Node.Pool.Start(Connect);
    }

    /// <summary>Its connection goes silent.</summary>
    public void HalfOpen()
    {
        (_open ? _socket : null)?.FallSilent();
    }

    /// <summary>The connection has gone.</summary>
    internal void Lost(Socket socket)
    {
        if (socket != _socket)
        {
            return;
        }

        (_socket, _open) = (null, false);
        Tell("lost", null);
        _rooms.Clear();
        foreach (var view in _views.Values)
        {
            view.Sight = Sight.Idle;
            view.Asked++;
        }

        var pending = _pending.Values.ToList();
        _pending.Clear();
        pending.ForEach(answer => answer(null, "lost: "));
        Node.Pool.Start(Connect);
    }

    /// <summary>Bytes have come: an answer, or what the server pushes.</summary>
    internal void Receive(Socket socket, byte[] bytes, int? answerTo, bool fault)
    {
        if (socket != _socket)
        {
            return;
        }

        if (bytes.AsSpan().IndexOf(Marks[1 - (_number % 2)]) >= 0)
        {
            _scene.World.Fail($"{Session.Tenant}/{Session.User} was sent data of another tenant: {Encoding.UTF8.GetString(bytes)}");
        }

        if (answerTo == 0)
        {
            Tell("open", null);
            Opened();
        }
        else if (answerTo is { } id)
        {
            var answer = JsonElement.Parse(bytes);
            Tell(fault ? "fault" : "answer", new { id, body = answer });
            if (_pending.Remove(id, out var then))
            {
                then(fault ? null : answer, fault ? answer.GetString()! : "");
            }
        }
        else
        {
            Pushed(bytes);
        }
    }

    private void Pushed(ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf((byte)0x1e) is >= 0 and var end)
        {
            var message = JsonElement.Parse(bytes[..end]);
            bytes = bytes[(end + 1)..];
            Tell("push", message);
            var argument = message.GetProperty("arguments")[0];
            switch (message.GetProperty("target").GetString())
            {
                case "Changed":
                    Changed(argument);
                    break;
                case "ChangedMany":
                    foreach (var change in argument.EnumerateArray())
                    {
                        Changed(change);
                    }

                    break;
                case "Resync":
                    _scene.World.Saw("client told to resync");
                    foreach (var reference in argument.GetProperty("refs").EnumerateArray())
                    {
                        Ended(reference.GetString()!);
                    }

                    break;
                case "Removed":
                    Removed(argument.GetProperty("ref").GetString()!);
                    break;
                case var target:
                    Met(target!, argument);
                    break;
            }
        }
    }

    private void Changed(JsonElement change)
    {
        if (_views.TryGetValue(change.GetProperty("ref").GetString()!, out var view))
        {
            view.Changed(change);
        }
    }

    // Nothing more comes of the watch that ended; what comes before the next answer belongs to none.
    private void Ended(string reference)
    {
        _rooms.Remove(reference);
        if (_views.TryGetValue(reference, out var view))
        {
            view.Sight = Sight.Idle;
            Watch(reference);
        }
    }

    private void Removed(string reference)
    {
        if (_views.TryGetValue(reference, out var view) && view.Sight is not Sight.Idle)
        {
            _scene.World.Saw("record removed before a watcher's eyes");
            _rooms.Remove(reference);
            view.Sight = Sight.Missing;
            view.Drop();
            Later(reference);
        }
    }

    // The record may come back, or the right to see it; the protocol leaves it to the client to ask.
    private void Later(string reference)
    {
        var socket = _socket;
        Node.Pool.Start(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), Node.Time);
            if (socket == _socket && _views[reference] is { Wanted: true, Sight: Sight.Missing })
            {
                Watch(reference);
            }
        });
    }

    private void Watch(string reference)
    {
        if (!_open || _views[reference] is not { Wanted: true } view)
        {
            return;
        }

        view.Sight = view.Sight == Sight.Live ? Sight.AskedAgain : Sight.Asked;
        var asked = ++view.Asked;
        var since = view.Version;
        Call("Watch", [Json(reference), view.Version > 0 ? Json(new { version = view.Version, view = view.Name }) : default], (answer, fault) =>
        {
            if (asked != view.Asked)
            {
                return;
            }

            if (answer is { } state)
            {
                if (!view.Answer(state, since))
                {
                    Ended(reference); // What the answer continues has gone from the user's sight meanwhile.
                    return;
                }

                Arrive(reference);
                if (view.Version > 0)
                {
                    _known[reference] = Math.Max(_known.GetValueOrDefault(reference), view.Version);
                }
            }
            else if (_open && !fault.StartsWith("session", StringComparison.Ordinal))
            {
                view.Sight = Sight.Missing;
                if (!fault.StartsWith("unavailable", StringComparison.Ordinal))
                {
                    view.Drop();
                }

                Later(reference);
            }
        });
    }

    private void Call(string method, JsonElement[] arguments, Action<JsonElement?, string> then)
    {
        var id = ++_calls;
        _pending[id] = then;
        Tell("call", new { id, method, arguments = arguments.Select(each => each.ValueKind == JsonValueKind.Undefined ? (JsonElement?)null : each) });
        _socket!.Call(id, method, arguments);
    }

    private async Task Connect()
    {
        while (_socket is null && !_asleep)
        {
            var key = ++_connects;
            var front = _scene.Fronts[_scene.World.Keyed.Below(_scene.Fronts.Count, Site.Place, Node.Id, key)];
            if (front.Node.Up)
            {
                var socket = _socket = new(_scene, front, this, Keyed.Mix(Node.Id ^ Keyed.Mix(key)));
                socket.Connect();
                await Task.Delay(TimeSpan.FromSeconds(3), Node.Time);
                if (_open || _socket != socket)
                {
                    return;
                }

                _socket = null; // No answer: try another one.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50 + _scene.World.Keyed.Below(400, Site.Delay, Node.Id, key)), Node.Time);
        }
    }

    private void Opened()
    {
        _open = true;
        if (_connects > 1)
        {
            _scene.World.Saw("client came back");
        }

        foreach (var (reference, view) in _views)
        {
            if (view.Wanted)
            {
                Watch(reference);
            }
        }

        _waiting.ForEach(waiting => waiting.TrySetResult());
        _waiting.Clear();
    }

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value);
}
