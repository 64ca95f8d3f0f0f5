namespace Crm.Web.Admission;

/// <summary>A token bucket: a steady rate, and a burst after a rest.</summary>
internal sealed class Throttle(double perSecond, int burst, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _left = burst;
    private long _at = time.GetTimestamp();

    /// <summary>Whether nobody has taken anything for so long that a new bucket would be the same.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _left + (time.GetElapsedTime(_at).TotalSeconds * perSecond) >= burst;
            }
        }
    }

    /// <summary>Takes one; null when it was there, else how long until the next one is.</summary>
    public TimeSpan? Take()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _left = Math.Min(burst, _left + (time.GetElapsedTime(_at, now).TotalSeconds * perSecond));
            _at = now;
            if (_left < 1)
            {
                return TimeSpan.FromSeconds((1 - _left) / perSecond);
            }

            _left--;
            return null;
        }
    }
}
