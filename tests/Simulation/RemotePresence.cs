namespace Crm.Simulation;

/// <summary>A front end's way to the places, wherever they are. What a place says by itself may get lost.</summary>
internal sealed class RemotePresence(Scene scene, Front front) : IPresence
{
    private readonly Questions _questions = new(front.Node);
    private readonly HashSet<Address> _met = [];
    private Action<Address>? _moved;

    public async Task<RoomNews> Beat(Address at, Beat beat)
    {
        if (scene.Directory.Find(front.Node, at) is not { } silo)
        {
            throw new UnavailableException("No silo is left.");
        }

        if (_met.Contains(at) && beat.Whole)
        {
            scene.World.Saw("place lost its memory");
        }

        try
        {
            var news = await scene.Network.Call(front.Node, silo.Node, _questions.Next(Keyed.Of(at)), () => Served(silo, at, scene.Bug switch
            {
                Bug.NoDeparture => beat with { Left = [], Whole = beat.Whole && beat.Left.Count == 0 },
                Bug.NoRetelling when _met.Contains(at) && beat.Whole => beat with { Stays = [] },
                _ => beat,
            }));
            _met.Add(at);
            scene.World.Log($"{front.Node.Name} beats {beat.Number} at {silo.Node.Name} {at}: {(beat.Whole ? "whole " : "")}{string.Join(' ', beat.Stays.Select(stay => stay.Connection))} left {string.Join(' ', beat.Left)}{(beat.Bye ? " bye" : "")}; hears {news.Epoch % 1_000_000}/{news.Version}{(news.Again ? " again" : "")}{(news.All ? " all" : "")} {string.Join(' ', news.Changed.Select(person => person.Who.User))} gone {string.Join(' ', news.Gone)}");
            return scene.Bug == Bug.ClaimForAll ? news with { Claims = [.. news.Claims, .. news.Claims.Where(claim => claim.Asked is not null).Select(claim => claim with { User = claim.Asked! })] } : news;
        }
        catch (UnavailableException)
        {
            scene.World.Saw("beat unanswered");
            throw;
        }
    }

    public IDisposable Hear(string name, Action<Address> moved)
    {
        _moved = moved;
        return new Nothing();
    }

    /// <summary>A place has said that it moved.</summary>
    public void Moved(Address at) => _moved?.Invoke(at);

    // The place tells those who sit in it; as a grain does, by what they said of themselves.
    private Task<RoomNews> Served(Silo silo, Address at, Beat beat)
    {
        var node = front.Node;
        _ = silo.Presence.Hear(beat.Front, moved =>
        {
            if (!scene.World.Keyed.Chance(scene.Troubles.Weather.Lost / 1000.0, Site.Lost, Keyed.Mix(node.Id ^ (ulong)beat.Number)))
            {
                scene.Network.Send(silo.Node, node, Keyed.Mix(Keyed.Of(moved) ^ node.Id ^ (ulong)scene.World.Now), () => front.Moved(moved));
            }
        });
        return silo.Presence.Beat(at, beat);
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
